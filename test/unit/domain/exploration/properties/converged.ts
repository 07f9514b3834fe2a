import type { InstanceStatus } from '../../../../../src/api/instance.ts';
import { isFinal } from '../../../../../src/domain/live-migration/decide.ts';
import type { Boot } from '../../../../../src/domain/vm.ts';
import { inForce } from '../world/in-force.ts';
import { isUnknown } from '../world/losses.ts';
import { swapped } from '../world/pair.ts';
import { isOwn, lockOf, movingIn, type Guest, type StoredInstance, type World } from '../world/world.ts';
import { isTaken, notHeldBack } from './disks.ts';
import { leaseNotKept } from './leases.ts';
import { bootOf } from './rendering.ts';
import { isWantedOn } from './undisturbed.ts';

/**
 * Rules 6 and 7, and the second half of 8: wherever one starts from, also from a crash or a VM that was deleted by hand,
 * all is as asked when nothing else happens (and nothing is written any more, which the exploration looks at).
 * What is left undone in a world in which nothing more will happen by itself; `undefined`: nothing.
 */
export function notConverged(world: World): string | undefined {
  return notSettled(world) ?? (world.rival && notSettled(swapped(world)));
}

function notSettled(world: World): string | undefined {
  const { instance } = world;
  if (instance === undefined) return notGone(world);
  return isOwn(world) && isUnknown(world) ? notSaidToBeLost(world, instance) : notDone(world, instance);
}

function notGone({ vm }: World): string | undefined {
  return vm?.owner !== undefined && vm.policy === 'Delete' ? 'the VM has outlived its Instance' : undefined;
}

function notDone(world: World, instance: StoredInstance): string | undefined {
  const lock = lockOf(world);
  if (lock !== undefined) return `the lock ${lock.type} is held for ever`;
  // A LiveMigration waits for a VM of ours.
  if (world.vm !== undefined && !isOwn(world)) return notLeftAlone(world, instance);
  if (isTaken(world)) return notHeldBack(world);
  return unfinished(world) ?? notKept(world, instance) ?? notAsAsked(world, instance);
}

function unfinished({ liveMigrations }: World): string | undefined {
  const found = liveMigrations.find(({ status }) => !isFinal(status?.phase));
  return found && `the LiveMigration stays ${found.status?.phase}`;
}

/** Rule 4: it stays as it is until it is known what has become of it. */
function notSaidToBeLost(world: World, { status }: StoredInstance): string | undefined {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  if (status?.state !== 'Unknown' || ready?.reason !== 'NodeLost') {
    return `an Instance whose node is lost says ${status?.state} (${ready?.reason})`;
  }
  return movingIn(world) === undefined ? unfinished(world) : undefined;
}

function notLeftAlone({ vm }: World, { adopts, status }: StoredInstance): string | undefined {
  if (vm?.owner !== undefined || adopts) return 'a VM that is to be taken over is not';
  const stalled = status?.conditions?.find(({ type }) => type === 'Stalled');
  return stalled?.reason === 'NotOwned'
    ? undefined
    : `an Instance whose VM is foreign says ${stalled?.reason}`;
}

/** What is written on the VM, and what is kept of it. */
function notKept({ vm, clock }: World, instance: StoredInstance): string | undefined {
  const { spec, status } = instance;
  if (vm === undefined) return 'there is no VM';
  if (vm.policy !== spec.deletionPolicy) return `the VM says ${vm.policy}, the spec ${spec.deletionPolicy}`;
  const frozen = status?.resolved?.identity.firmwareUUID;
  if (frozen !== vm.identity) return `the identity is ${vm.identity}, and ${frozen} is kept`;
  return leaseNotKept(instance, clock);
}

function notAsAsked({ vm, guest }: World, instance: StoredInstance): string | undefined {
  const { status, uid } = instance;
  const spec = inForce(instance);
  const wanted = wantedOf(spec);
  const found = guest === undefined ? 'off' : `${guest.boot.mode} ${guest.phase}`;
  if (found !== wanted.guest) return `the guest is ${found}, and should be ${wanted.guest}`;
  if (status?.state !== wanted.state) return `the state says ${status?.state} instead of ${wanted.state}`;
  return guest && notSaidToBePending(guest, bootOf(spec, vm?.identity ?? uid), status);
}

function notSaidToBePending({ boot }: Guest, { session, specHash }: Boot, { conditions }: InstanceStatus) {
  if (boot.session !== session) return 'the rescue system is another one';
  const pending = boot.specHash !== specHash;
  const said = conditions?.find(({ type }) => type === 'RestartPending')?.status === 'True';
  return pending === said ? undefined : `RestartPending is ${said}, and should be ${pending}`;
}

function wantedOf(spec: StoredInstance['spec']): { guest: string; state: string } {
  if (!isWantedOn(spec)) return { guest: 'off', state: 'Stopped' };
  return spec.rescue === undefined
    ? { guest: 'Normal Running', state: 'Running' }
    : { guest: 'Rescue Running', state: 'Rescued' };
}
