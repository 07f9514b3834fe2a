import type { VmEvidence } from '../../test/support/evidence.ts';
import type { Step } from './story.ts';

/** The Instance of the story. */
export const KEY = { namespace: 'team-a', name: 'web-1' };

/** Paths of what is applied in the story. */
interface Manifests {
  /** What the VM needs in its namespace. */
  readonly storage?: string;
  readonly normal: string;
  readonly rescued: string;
  readonly toIncapable: string;
  readonly away: string;
}

/** What holds, or does not, in words. */
export interface Fact {
  readonly holds: boolean;
  readonly what: string;
}

/** What differs from driver to driver in how the story is played. */
export interface Backstage {
  readonly manifests: Manifests;
  /** How long a step may take. Milliseconds. */
  readonly patience: number;
  /** What runs now, on that node; undefined: nobody shows it. */
  evidence(node: string): Promise<VmEvidence | undefined>;
  /** What else there is to say after the last of the steps. */
  factsAfter(steps: readonly Step[]): Promise<readonly Fact[]>;
  /** What becomes of the node that the VM has left. */
  ruin(node: string): Promise<void>;
  close(): void;
}
