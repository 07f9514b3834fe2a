import type { Instance, InstanceStatus } from '../../api/instance.ts';
import type { Rescue } from '../../api/rescue.ts';
import { milliseconds } from '../duration.ts';
import { fingerprint } from '../fingerprint.ts';
import { rescueSession } from '../vm.ts';
import { withoutAbsent } from '../without-absent.ts';

type RescueRecord = NonNullable<InstanceStatus['rescue']>;
type Subject = Pick<Instance, 'spec' | 'status'>;

/** The rescue of an Instance at one moment. */
export interface Lease {
  /** What the VM is to be booted from; `undefined`: its own disks, because no rescue is asked for or its lease has ended it. */
  readonly rescue: Rescue | undefined;
  /** What `status.rescue` is to say. */
  readonly record: RescueRecord | undefined;
}

/**
 * The rescue that is in force at an instant (RFC 3339). The lease counts from the start of the rescue. An expiry that ends the
 * rescue is remembered, since it can't be seen again; one that is only reported is not. While a migration holds the
 * Instance, an edit and an expiry that would boot it anew are held back.
 */
export function leaseOf({ spec: { rescue }, status }: Subject, now: string): Lease {
  const before = status?.rescue;
  const lease = freeLeaseOf(rescue, before, now);
  if (status?.operation?.type !== 'Migrate') return lease;
  const booted = isInForce(before) ? before.session : undefined;
  const wanted = lease.rescue && rescueSession(lease.rescue);
  return wanted === booted ? lease : { rescue, record: before };
}

function freeLeaseOf(rescue: Rescue | undefined, before: InstanceStatus['rescue'], now: string): Lease {
  if (rescue === undefined) return { rescue, record: undefined };
  if (hasEnded(rescue, before)) return { rescue: undefined, record: before };
  const record = recordOf(rescue, continues(rescue, before) ? before.since : now);
  return isOver(record, now) ? expire(rescue, record) : { rescue, record };
}

function expire(rescue: Rescue, record: RescueRecord): Lease {
  const action = rescue.onExpiry;
  return {
    rescue: action === 'Keep' ? rescue : undefined,
    record: { ...record, expired: { action, lease: leaseFingerprint(rescue) } },
  };
}

/** The rescue that a spec asks for; `undefined` also where the lease of just that rescue has ended it. */
export function rescueAskedFor(
  { rescue }: Instance['spec'],
  before: InstanceStatus['rescue'],
): Rescue | undefined {
  return rescue === undefined || hasEnded(rescue, before) ? undefined : rescue;
}

/** Whether the lease is over and is to end the rescue, which it has not done yet: a migration may hold it back. */
export function isRescueOverdue({ spec: { rescue }, status }: Subject, now: string): boolean {
  if (rescue === undefined || rescue.onExpiry === 'Keep' || !continues(rescue, status?.rescue)) return false;
  return isOver(recordOf(rescue, status.rescue.since), now);
}

/** Milliseconds until the lease expires; `undefined`: it does not, or it is over. */
export function untilExpiry(record: InstanceStatus['rescue'], now: string): number | undefined {
  if (record?.expiresAt === undefined || isOver(record, now)) return undefined;
  return Date.parse(record.expiresAt) - Date.parse(now);
}

/** Whether the rescue of a record was not ended by its lease. */
function isInForce(record: InstanceStatus['rescue']): record is RescueRecord {
  return record !== undefined && (record.expired === undefined || record.expired.action === 'Keep');
}

/** Whether what is asked for is what has been ended: any other rescue begins anew. */
function hasEnded(rescue: Rescue, record: InstanceStatus['rescue']): boolean {
  const expired = record?.expired;
  return expired !== undefined && expired.action !== 'Keep' && expired.lease === leaseFingerprint(rescue);
}

function continues(rescue: Rescue, record: InstanceStatus['rescue']): record is RescueRecord {
  return isInForce(record) && record.session === rescueSession(rescue);
}

/** Its fields are named one by one: a default that a later version adds must not begin the rescue anew. */
function leaseFingerprint(rescue: Rescue): string {
  const { expiresAfter, onExpiry } = rescue;
  return fingerprint({ session: rescueSession(rescue), expiresAfter, onExpiry });
}

function recordOf(rescue: Rescue, since: string): RescueRecord {
  const { source, expiresAfter } = rescue;
  return withoutAbsent({
    since,
    image: imageOf(source),
    session: rescueSession(rescue),
    expiresAt: expiresAfter === undefined ? undefined : instantAfter(since, milliseconds(expiresAfter)),
  });
}

function instantAfter(since: string, ms: number): string {
  return new Date(Date.parse(since) + ms).toISOString();
}

function isOver({ expiresAt }: RescueRecord, now: string): boolean {
  return expiresAt !== undefined && Date.parse(expiresAt) <= Date.parse(now);
}

function imageOf({ containerDisk, persistentVolumeClaim, volume }: Rescue['source']): string {
  if (containerDisk !== undefined) return containerDisk.image;
  return persistentVolumeClaim?.claimName ?? [volume?.pool, volume?.name].join('/');
}
