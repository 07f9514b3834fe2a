import type { Instance, Operation } from '../../../api/instance.ts';
import type { Explained } from '../../conditions.ts';
import { isOn, type DiskRival, type InstanceRival } from '../disk-rivals.ts';
import type { Facet } from '../intent.ts';
import { ownVm, type InstanceObservation, type Target } from '../observation.ts';
import type { StallReason } from '../reasons.ts';
import { standingOf } from '../standing.ts';

/**
 * Two VMs on one disk destroy it. Who would start announces it first (`status.operation`), and looks again before it
 * acts: of two that announce at once at least one sees the other. The later one gives way, and the earlier one waits
 * until it has, since the other may have acted before it could see the earlier announcement.
 */
export const disks: Facet = (observation, target) => {
  if (target.power === 'Off' || isOn(ownVm(observation))) return undefined;
  const conflict = diskConflict(observation, target);
  if (conflict !== undefined) return { kind: 'Stall', ...conflict };
  return observation.rivals.some(isStarting)
    ? { kind: 'Yield', because: 'the other Instance that would start on the disk gives way first' }
    : undefined;
};

/**
 * What another Instance has on a disk of this one; also of one that runs already, which is told and never stopped.
 * `undefined`: nothing, or this one comes first.
 */
export function diskConflict(
  observation: InstanceObservation,
  { power }: Pick<Target, 'power'>,
): Explained<StallReason> | undefined {
  const { instance, rivals } = observation;
  const standing = standingOf(observation);
  if (power === 'Off' || (standing !== 'Own' && standing !== 'None')) return undefined;
  const holder = rivals.find((rival) => comesFirst(rival, observation));
  if (holder === undefined) return undefined;
  const { namespace, name } = instance.metadata;
  const message =
    `Instance ${namespace}/${name} would write to ${holder.disks.join(' and ')}, which is in use by ` +
    `${holderWords(holder)}, and this one starts by itself; or give it a disk of its own.`;
  return { reason: 'DiskInUse', message };
}

/** Who has the disk, and how it is to be had. */
function holderWords({ kind, namespace, name }: DiskRival): string {
  return kind === 'Instance'
    ? `Instance ${namespace}/${name}. Stop or delete that one`
    : `VM ${namespace}/${name}, whose Instance is gone or can't be read. Delete that VM, or apply its Instance so that it can be stopped`;
}

/** Who runs comes first; of those who don't, who announced it first; without an announcement nobody holds anything. */
function comesFirst(rival: DiskRival, observation: InstanceObservation): boolean {
  const on = isOn(ownVm(observation));
  if (rival.occupies !== on) return rival.occupies;
  // Who is left without an Instance can't be told.
  if (rival.kind === 'Vm') return true;
  if (on) return isOlder(rival, observation.instance.metadata);
  return isStarting(rival) && hasAnnouncedFirst(rival, observation.instance);
}

function hasAnnouncedFirst(rival: InstanceRival, { metadata, status }: Instance): boolean {
  const own = status?.operation;
  if (own === undefined || !isStart(own)) return true;
  const theirs = rival.operation?.startedAt ?? '';
  return theirs === own.startedAt ? isOlder(rival, metadata) : theirs < own.startedAt;
}

type Age = Pick<InstanceRival, 'creationTimestamp' | 'uid'>;

function isOlder(a: Age, b: Age): boolean {
  return a.creationTimestamp === b.creationTimestamp
    ? a.uid < b.uid
    : a.creationTimestamp < b.creationTimestamp;
}

function isStarting(rival: DiskRival): boolean {
  if (rival.kind === 'Vm' || rival.occupies) return false;
  return rival.operation !== undefined && isStart(rival.operation);
}

function isStart({ type }: Operation): boolean {
  return type === 'Start' || type === 'Rescue' || type === 'Unrescue';
}
