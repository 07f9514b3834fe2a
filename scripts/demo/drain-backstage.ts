import type { InstanceState } from '../../src/api/instance.ts';
import type { ObjectKey } from '../../src/kube/resource.ts';

/** A VM that is about to be drained. */
export interface Drained {
  readonly key: ObjectKey;
  readonly state: InstanceState;
  readonly node: string;
}

/** What somebody has seen of a guest. */
export interface Testimony {
  /** How long the guest was down; null: it was booted anew, and nobody has seen how long that took. */
  readonly secondsDown: number | null;
  /** In words, where there is more to say. */
  readonly words: string | undefined;
}

/** Somebody who watches a guest. */
export interface Witness {
  /** What was seen since the witness was called, up to now, when the VM is on that node. */
  testify(node: string): Promise<Testimony>;
}

/** What differs from driver to driver in how the story of the drain is played. */
export interface DrainBackstage {
  /** Path of what is applied. */
  readonly manifests: string;
  readonly drained: string;
  /** All other nodes; the last of them can not receive rescued VMs. */
  readonly others: readonly string[];
  /** What `kubectl drain` wants beside the name of the node. */
  readonly flags: readonly string[];
  /** How long a step may take. Milliseconds. */
  readonly patience: number;
  /** Makes the migrations of a VM last, so that what is around them does not count. */
  slowDown(vm: Drained): Promise<void>;
  witness(vm: Drained): Promise<Witness>;
}
