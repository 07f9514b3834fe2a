import type { Condition } from '../../api/conditions.ts';
import type { InstanceState, InstanceStatus } from '../../api/instance.ts';
import { isObstacleReason } from './obstacle.ts';

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
  before: InstanceStatus | undefined,
  after: InstanceStatus,
): Announcement | undefined {
  const action = (after.operation ?? before?.operation)?.type ?? 'Observe';
  const obstacle = newObstacle(before, after);
  if (obstacle === undefined) return announceState(before, after, action);
  return { type: 'Warning', reason: obstacle.reason, action, note: obstacle.message };
}

function announceState(
  before: InstanceStatus | undefined,
  { state, node }: InstanceStatus,
  action: string,
): Announcement | undefined {
  if (state === undefined || state === before?.state) return undefined;
  return {
    type: BAD.has(state) ? 'Warning' : 'Normal',
    reason: state,
    action,
    note: node === undefined ? NOTES[state] : `${NOTES[state]} It is on node "${node}".`,
  };
}

/** What has come into the way since; one that stays is not told again. */
function newObstacle(before: InstanceStatus | undefined, after: InstanceStatus): Condition | undefined {
  const ready = readyOf(after);
  if (ready === undefined || !isObstacleReason(ready.reason)) return undefined;
  return readyOf(before)?.reason === ready.reason ? undefined : ready;
}

function readyOf(status: InstanceStatus | undefined): Condition | undefined {
  return status?.conditions?.find(({ type }) => type === 'Ready');
}
