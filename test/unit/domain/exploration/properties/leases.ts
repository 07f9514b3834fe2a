import type { InstanceSpec } from '../../../../../src/api/instance.ts';
import { milliseconds } from '../../../../../src/domain/duration.ts';
import { rescueAskedFor } from '../../../../../src/domain/instance/lease.ts';
import { rescueSession } from '../../../../../src/domain/vm.ts';
import { instantAt } from '../world/numbering.ts';
import { seen } from '../world/stale.ts';
import { movingIn, type StoredInstance, type World } from '../world/world.ts';
import type { Property } from './property.ts';

/** The lease of a rescue (section 2.1): counted from its beginning, ended at its end and not before, and once. */
export const LEASES: readonly Property[] = [
  function endsNoSooner(before, { next }) {
    const { instance } = seen(before);
    if (instance === undefined || !isEndedBy(before, next)) return undefined;
    const record = next.instance?.status?.rescue;
    if (record === undefined || !isOver(instance.spec, record.since, before.clock)) {
      return `the lease from ${record?.since} is ended at ${instantAt(before.clock)}`;
    }
    return undefined;
  },

  function isHeldBackByATransfer(before, { next }) {
    const phase = movingIn(seen(before))?.phase;
    const transfers = phase === 'Running' || phase === 'Completing';
    return transfers && isEndedBy(before, next)
      ? 'a lease ends while the VM is being transferred'
      : undefined;
  },

  function countsFromItsBeginning(before, { next }) {
    const was = before.instance?.status?.rescue;
    const is = next.instance?.status?.rescue;
    if (was === undefined || is === undefined || was.since === is.since) return undefined;
    const again = was.session !== is.session || hasEnded(was);
    return again ? undefined : `the lease from ${was.since} is counted from ${is.since}`;
  },

  function staysEnded(before, { next }) {
    const { instance } = seen(before);
    const was = before.instance?.status?.rescue;
    if (instance === undefined || next.instance === undefined || !hasEnded(was)) return undefined;
    const isAnother = instance.spec.rescue === undefined || rescueAskedFor(instance.spec, was) !== undefined;
    return isAnother || hasEnded(next.instance.status?.rescue)
      ? undefined
      : 'a rescue that its lease has ended is forgotten to be';
  },

  function movesNothingThatIsOver(before, { order }) {
    const { instance, clock } = seen(before);
    return order?.kind === 'Migrate' && instance !== undefined && isOverdue(instance, clock)
      ? 'a VM whose rescue is over is migrated instead'
      : undefined;
  },
];

type RescueRecord = NonNullable<NonNullable<StoredInstance['status']>['rescue']>;

/** Whether it was not only reported that it is over. */
function hasEnded(record: RescueRecord | undefined): boolean {
  return record?.expired !== undefined && record.expired.action !== 'Keep';
}

function isEndedBy(before: World, next: World): boolean {
  return hasEnded(next.instance?.status?.rescue) && !hasEnded(before.instance?.status?.rescue);
}

function isOver({ rescue }: InstanceSpec, since: string, clock: number): boolean {
  if (rescue?.expiresAfter === undefined) return false;
  return Date.parse(since) + milliseconds(rescue.expiresAfter) <= Date.parse(instantAt(clock));
}

function isOverdue({ spec, status }: StoredInstance, clock: number): boolean {
  const { rescue } = spec;
  const record = status?.rescue;
  if (rescue === undefined || record === undefined || hasEnded(record)) return false;
  return (
    rescue.onExpiry !== 'Keep' &&
    record.session === rescueSession(rescue) &&
    isOver(spec, record.since, clock)
  );
}

/** What is wrong with the lease of an Instance with which nothing more happens. */
export function leaseNotKept(instance: StoredInstance, clock: number): string | undefined {
  const record = instance.status?.rescue;
  if ((instance.spec.rescue === undefined) !== (record === undefined)) {
    return `a rescue is ${record === undefined ? 'not ' : ''}remembered, unlike what is asked for`;
  }
  return record && leaseNotSaid(instance, record, clock);
}

function leaseNotSaid(instance: StoredInstance, record: RescueRecord, clock: number): string | undefined {
  const { spec, status } = instance;
  if (isOverdue(instance, clock)) return 'the lease is over, and the rescue goes on';
  const over = hasEnded(record) || isOver(spec, record.since, clock);
  const { reason } = status?.conditions?.find(({ type }) => type === 'Rescued') ?? {};
  return over === (reason === 'LeaseExpired')
    ? undefined
    : `the lease is ${over ? 'over' : 'not over'}, and Rescued says ${reason}`;
}
