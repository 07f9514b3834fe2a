import { isFinal } from '../../../../src/domain/live-migration/decide.ts';
import { INSTANCE_UID } from '../../../builders/vm.ts';
import type { Order, Step } from './step.ts';
import { isActive, type BackendMigration, type StoredMigration, type World } from './world.ts';

type Property = (before: World, step: Step) => string | undefined;

/** What must hold whenever anything happens (product rules). */
const PROPERTIES: readonly Property[] = [
  neverDisturbed,
  announced,
  staysRescued,
  neverFromOrToIncapable,
  endsTruthfully,
];

/** The first rule that a step breaks, in words. */
export function violationOf(before: World, step: Step): string | undefined {
  for (const property of PROPERTIES) {
    const violation = property(before, step);
    if (violation !== undefined) return violation;
  }
  return undefined;
}

/** A VM that is being migrated is never defined, restarted or stopped by us. */
function neverDisturbed({ migration }: World, { order }: Step): string | undefined {
  if (!isActive(migration) || (order?.kind !== 'Define' && order?.kind !== 'Restart')) return undefined;
  return `a VM that is being migrated is told to ${order.kind}`;
}

/** No order to the driver without the lock announced before. */
function announced({ status, liveMigration }: World, { order }: Step): string | undefined {
  if (order === undefined) return undefined;
  const lock = status?.operation;
  return isAnnounced(order, lock, liveMigration)
    ? undefined
    : `${order.kind} is ordered while the lock is ${JSON.stringify(lock)}`;
}

function isAnnounced(
  order: Order,
  lock: NonNullable<World['status']>['operation'],
  liveMigration: StoredMigration | undefined,
): boolean {
  switch (order.kind) {
    case 'Define':
    case 'Restart':
      return lock !== undefined && lock.type !== 'Migrate' && lock.uid === INSTANCE_UID;
    case 'Migrate':
      return lock?.type === 'Migrate' && lock.uid === liveMigration?.uid && lock.uid === order.uid;
    case 'Abort':
      return lock?.type === 'Migrate' && lock.uid === order.uid;
  }
}

/**
 * While a migration of a rescued Instance is under way, nothing but Rescued is written as its state. (A guest that died
 * before it may still be shown as Starting at first.)
 */
function staysRescued(before: World, { next }: Step): string | undefined {
  const { migration, vm, status } = next;
  if (!isActive(migration) || status === before.status) return undefined;
  const rescued = vm?.guest?.mode === 'Rescue' && vm.guest.phase === 'Running';
  if (!rescued || status?.state === 'Rescued') return undefined;
  return `a rescued Instance that is migrated is shown as ${status?.state}`;
}

/** A rescued VM is never sent from, or to, a node that can't. */
function neverFromOrToIncapable({ vm, incapable }: World, { order }: Step): string | undefined {
  const guest = vm?.guest;
  if (order?.kind !== 'Migrate' || guest?.mode !== 'Rescue') return undefined;
  if (guest.node === incapable) return 'a rescued VM is sent from a node that can not';
  return order.labelled ? undefined : 'a rescued VM is sent to wherever';
}

/** What a LiveMigration says at its end is so: where the guest is, and that it is unharmed. */
function endsTruthfully(before: World, { next }: Step): string | undefined {
  const { liveMigration, migration } = next;
  if (liveMigration === undefined || isOver(before.liveMigration) || !isOver(liveMigration)) return undefined;
  const { status, abort, uid } = liveMigration;
  if (status === undefined) return undefined;
  if (status.phase === 'Aborted' && !abort) return 'it says Aborted, and nobody asked for it';
  const lie = migration?.uid === uid ? lieAbout(next, migration, status) : lieWithoutMigration(next, status);
  return lie && `a LiveMigration ended ${status.phase} (${reasonOf(status)}): ${lie}`;
}

type EndStatus = NonNullable<StoredMigration['status']>;

function isOver(liveMigration: StoredMigration | undefined): boolean {
  return isFinal(liveMigration?.status?.phase);
}

function reasonOf({ conditions }: EndStatus): string {
  return conditions?.find(({ type }) => type === 'Completed')?.reason ?? '';
}

function lieWithoutMigration({ vm }: World, { outcome }: EndStatus): string | undefined {
  const place = vm?.guest?.node;
  return outcome?.node === place ? undefined : `the guest is on ${place}, not on ${outcome?.node}`;
}

function lieAbout(world: World, ended: BackendMigration, status: EndStatus): string | undefined {
  if (isActive(ended)) return 'the migration is not over';
  if ((ended.phase === 'Succeeded') !== (status.phase === 'Succeeded')) return `the migration ${ended.phase}`;
  if (reasonOf(status) === 'GuestLost') return ended.guest === 'Died' ? undefined : 'the guest is not lost';
  // What has become of the guest after the migration is not what the migration speaks of.
  return ended.guest === 'Alive' ? lieAboutPlace(world, ended, status) : undefined;
}

function lieAboutPlace({ vm }: World, ended: BackendMigration, { outcome }: EndStatus): string | undefined {
  const place = ended.phase === 'Succeeded' ? ended.destination : ended.source;
  const guest = vm?.guest;
  if (guest?.phase !== 'Running' || guest.node !== place) return `the guest does not run on ${place}`;
  return outcome?.node === place ? undefined : `it says ${outcome?.node} instead of ${place}`;
}

/** What is left undone in a world in which nothing more will happen by itself; `undefined`: nothing. */
export function notConverged({ spec, status, liveMigration, vm }: World): string | undefined {
  if (status?.operation !== undefined) return `the lock ${status.operation.type} is held for ever`;
  if (liveMigration !== undefined && !isOver(liveMigration)) {
    return `the LiveMigration stays ${liveMigration.status?.phase}`;
  }
  const wanted = wantedOf(spec);
  const found = foundIn(vm);
  if (found !== wanted.guest) return `the guest is ${found}, and should be ${wanted.guest}`;
  if (status?.state !== wanted.state) return `the state says ${status?.state} instead of ${wanted.state}`;
  return undefined;
}

function foundIn(vm: World['vm']): string {
  return vm?.guest === undefined ? 'off' : `${vm.guest.mode} ${vm.guest.phase}`;
}

function wantedOf({ rescue, powerState }: World['spec']): { guest: string; state: string } {
  if (rescue) return { guest: 'Rescue Running', state: 'Rescued' };
  return powerState === 'Running'
    ? { guest: 'Normal Running', state: 'Running' }
    : { guest: 'off', state: 'Stopped' };
}
