import type { Condition } from '../../api/conditions.ts';
import type { Instance, InstanceState, InstanceStatus } from '../../api/instance.ts';
import type { OnExpiry } from '../../api/rescue.ts';
import { isOperating } from './decide.ts';
import type { InstanceObservation } from './observation.ts';
import { isObstacleReason } from './obstacle.ts';
import { isStallReason } from './reasons.ts';

/** An Event for people, worth telling once. */
export interface Announcement {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly action: string;
  readonly note: string;
}

/**
 * What is on its way to Running or Stopped is not told: the state says so meanwhile, its end is told, and so is all that comes into
 * its way. A rescue and the way back are told from their beginning: they boot another system over the disks.
 */
const NOTES: Partial<Record<InstanceState, string>> = {
  Running: 'The VM runs.',
  Paused: 'The VM is paused.',
  Stopped: 'The VM is stopped.',
  Rescuing: 'Booting the VM from its rescue system.',
  Rescued: 'The VM is booted from its rescue system.',
  Unrescuing: 'Booting the VM from its own disks again.',
  Failed: 'The VM does not run.',
  Unknown: 'Nothing is known of the VM: its node is not heard of.',
};

const BAD: ReadonlySet<InstanceState> = new Set(['Failed', 'Unknown']);

/** What a change of an Instance's status tells people; at most one Event a change. */
export function announceInstance(
  { instance, vm }: Pick<InstanceObservation, 'instance' | 'vm'>,
  after: InstanceStatus,
): Announcement | undefined {
  const { status: before } = instance;
  if (vm === undefined && isMadeAgain(before, after)) return vanished(instance.metadata, after);
  const action = (after.operation ?? before?.operation)?.type ?? 'Observe';
  return (
    announceExpiry(before, after) ??
    announceObstacle(before, after, action) ??
    announceState(before, after, action)
  );
}

const EXPIRY_NOTES: Readonly<Record<OnExpiry, string>> = {
  Unrescue: 'The lease of the rescue has expired: unrescuing the Instance.',
  Stop: 'The lease of the rescue has expired: stopping the VM.',
  Keep: 'The lease of the rescue has expired; the rescue goes on. Remove spec.rescue to unrescue the Instance.',
};

function announceExpiry(before: InstanceStatus | undefined, after: InstanceStatus): Announcement | undefined {
  const action = expiryOf(after);
  if (action === undefined || action === expiryOf(before)) return undefined;
  return {
    type: action === 'Keep' ? 'Warning' : 'Normal',
    reason: 'LeaseExpired',
    action: after.operation?.type ?? 'Observe',
    note: EXPIRY_NOTES[action],
  };
}

function expiryOf(status: InstanceStatus | undefined): OnExpiry | undefined {
  return status?.rescue?.expired?.action;
}

function announceObstacle(
  before: InstanceStatus | undefined,
  after: InstanceStatus,
  action: string,
): Announcement | undefined {
  const obstacle = newObstacle(before, after);
  return obstacle && { type: 'Warning', reason: obstacle.reason, action, note: obstacle.message };
}

function announceState(
  before: InstanceStatus | undefined,
  { state, node }: InstanceStatus,
  action: string,
): Announcement | undefined {
  if (state === undefined || state === before?.state) return undefined;
  const note = NOTES[state];
  if (note === undefined) return undefined;
  return {
    type: BAD.has(state) ? 'Warning' : 'Normal',
    reason: state,
    action,
    note: node === undefined ? note : `${note} It is on node "${node}".`,
  };
}

/** What has come into the way since; one that stays is not told again. */
function newObstacle(before: InstanceStatus | undefined, after: InstanceStatus): Condition | undefined {
  const ready = readyOf(after);
  if (ready === undefined || !isInTheWay(ready.reason)) return undefined;
  return readyOf(before)?.reason === ready.reason ? undefined : ready;
}

function isInTheWay(reason: string | undefined): boolean {
  return isObstacleReason(reason) || isStallReason(reason);
}

function readyOf(status: InstanceStatus | undefined): Condition | undefined {
  return status?.conditions?.find(({ type }) => type === 'Ready');
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
