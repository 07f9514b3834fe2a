import type { InstanceState, InstanceStatus } from '../../api/instance.ts';

/** An Event for people, worth telling once. */
export interface Announcement {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly action: string;
  readonly note: string;
}

const NOTES: Record<InstanceState, string> = {
  Pending: 'The VM is not there yet.',
  Starting: 'Starting the VM.',
  Running: 'The VM runs.',
  Paused: 'The VM is paused.',
  Stopping: 'Stopping the VM.',
  Stopped: 'The VM is stopped.',
  Rescuing: 'Booting the VM from its rescue system.',
  Rescued: 'The VM is booted from its rescue system.',
  Unrescuing: 'Booting the VM from its own disks again.',
  Failed: 'The VM does not run.',
  Unknown: 'Nothing is known of the VM: its node is not heard of.',
};

const BAD: ReadonlySet<InstanceState> = new Set(['Failed', 'Unknown']);

/** What a change of an Instance's status tells people; at most one Event a change of state. */
export function announceInstance(
  before: InstanceStatus | undefined,
  after: InstanceStatus,
): Announcement | undefined {
  const { state, node } = after;
  if (state === undefined || state === before?.state) return undefined;
  const operation = after.operation ?? before?.operation;
  return {
    type: BAD.has(state) ? 'Warning' : 'Normal',
    reason: state,
    action: operation?.type ?? 'Observe',
    note: node === undefined ? NOTES[state] : `${NOTES[state]} It is on node "${node}".`,
  };
}
