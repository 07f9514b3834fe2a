import type { Instance, InstanceState, InstanceStatus } from '../../api/instance.ts';
import { isOperating } from './decide.ts';
import type { InstanceObservation } from './observation.ts';

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
  Unknown: 'Nothing is known of the VM.',
};

const BAD: ReadonlySet<InstanceState> = new Set(['Failed', 'Unknown']);

/** What a change of an Instance's status tells people; at most one Event a change of state. */
export function announceInstance(
  { instance, vm }: Pick<InstanceObservation, 'instance' | 'vm'>,
  after: InstanceStatus,
): Announcement | undefined {
  const { status: before } = instance;
  const { state, node } = after;
  if (vm === undefined && isMadeAgain(before, after)) return vanished(instance.metadata, after);
  if (state === undefined || state === before?.state) return undefined;
  const operation = after.operation ?? before?.operation;
  return {
    type: BAD.has(state) ? 'Warning' : 'Normal',
    reason: state,
    action: operation?.type ?? 'Observe',
    note: node === undefined ? NOTES[state] : `${NOTES[state]} It is on node "${node}".`,
  };
}

/** Whether we begin to make a VM where there was one, and nothing was being done. */
function isMadeAgain(before: InstanceStatus | undefined, after: InstanceStatus): boolean {
  const { state = 'Pending', operation } = before ?? {};
  return state !== 'Pending' && !isOperating({ lock: operation }) && isOperating({ lock: after.operation });
}

function vanished({ namespace, name }: Instance['metadata'], { operation }: InstanceStatus): Announcement {
  return {
    type: 'Warning',
    reason: 'VmVanished',
    action: operation?.type ?? 'Observe',
    note: `The VM ${namespace}/${name} was deleted, and not by medevac; it is made again as it was, with the same identity.`,
  };
}
