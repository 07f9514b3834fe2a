import { nextStep, type Step, type VmMemory } from '../../../../src/drivers/libvirt/settle.ts';
import type { Place } from '../../../../src/drivers/libvirt/view.ts';
import { aView } from './views.ts';

export const NOW = Date.parse('2026-11-23T10:00:10Z');
export const NONE: Step = { kind: 'None' };

export interface StepRow {
  readonly name: string;
  readonly places: readonly Place[];
  readonly memory?: VmMemory;
  /** Nodes whose hosts do not answer. */
  readonly away?: readonly string[];
  /** uids of Instances that are gone. */
  readonly gone?: readonly string[];
  /** Whether it is of a namespace that the operator works in. Default: it is. */
  readonly isLookedAfter?: boolean;
  readonly want: Step;
}

export function stepOf({ places, memory = {}, away = [], gone = [], isLookedAfter = true }: StepRow): Step {
  return nextStep(aView(...places), memory, {
    isLookedAfter,
    now: NOW,
    shutdownLimit: 60_000,
    isHeardOf: (node) => !away.includes(node),
    hasInstance: (uid) => !gone.includes(uid),
  });
}
