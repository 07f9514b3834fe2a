import type { View } from '../../engine/view.ts';
import type { Pod } from '../../objects/cluster-kinds.ts';
import type { InstanceStatus, VirtualMachineInstance } from '../../objects/kinds.ts';

/** Something that keeps the instance from getting on; it is shown as condition Synchronized=False. */
export interface SyncError {
  readonly reason: string;
  readonly message: string;
  /** Whether the pass counts as failed and is repeated with back-off. */
  readonly requeue: boolean;
}

export interface Synced {
  readonly pod: Pod | undefined;
  readonly error?: SyncError;
}

export interface StatusInput {
  readonly view: View;
  readonly instance: VirtualMachineInstance;
  readonly pods: readonly Pod[];
  readonly synced: Synced;
  readonly now: Date;
}

/** A copy that is being changed, with the status that every instance has after its admission. */
export type Draft = VirtualMachineInstance & { status: InstanceStatus };
