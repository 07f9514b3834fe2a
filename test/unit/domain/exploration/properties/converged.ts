import { isFinal } from '../../../../../src/domain/live-migration/decide.ts';
import { lockOf, type World } from '../world/world.ts';
import { bootOf } from './rendering.ts';
import { isWantedOn } from './undisturbed.ts';

/**
 * Rules 6 and 7, and the second half of 8: wherever one starts from, also from a crash or a VM that was deleted by hand,
 * all is as asked when nothing else happens (and nothing is written any more, which the exploration looks at).
 * What is left undone in a world in which nothing more will happen by itself; `undefined`: nothing.
 */
export function notConverged(world: World): string | undefined {
  const { instance, vm } = world;
  if (instance === undefined) return vm?.owner === 'Ours' ? 'the VM has outlived its Instance' : undefined;
  const lock = lockOf(world);
  if (lock !== undefined) return `the lock ${lock.type} is held for ever`;
  // A LiveMigration waits for a VM of ours.
  return vm?.owner === 'Foreign' ? notStalled(instance) : (unfinished(world) ?? notAsAsked(world, instance));
}

function unfinished({ liveMigrations }: World): string | undefined {
  const found = liveMigrations.find(({ status }) => !isFinal(status?.phase));
  return found && `the LiveMigration stays ${found.status?.phase}`;
}

type Instance = NonNullable<World['instance']>;

function notStalled({ status }: Instance): string | undefined {
  const stalled = status?.conditions?.find(({ type }) => type === 'Stalled');
  return stalled?.reason === 'NotOwned'
    ? undefined
    : `an Instance whose VM is foreign says ${stalled?.reason}`;
}

function notAsAsked({ guest }: World, { spec, status }: Instance): string | undefined {
  const wanted = wantedOf(spec);
  const found = guest === undefined ? 'off' : `${guest.boot.mode} ${guest.phase}`;
  if (found !== wanted.guest) return `the guest is ${found}, and should be ${wanted.guest}`;
  if (status?.state !== wanted.state) return `the state says ${status?.state} instead of ${wanted.state}`;
  const pending = guest !== undefined && guest.boot.specHash !== bootOf(spec).specHash;
  const said = status.conditions?.find(({ type }) => type === 'RestartPending')?.status === 'True';
  return pending === said ? undefined : `RestartPending is ${said}, and should be ${pending}`;
}

function wantedOf(spec: Instance['spec']): { guest: string; state: string } {
  if (!isWantedOn(spec)) return { guest: 'off', state: 'Stopped' };
  return spec.rescue === undefined
    ? { guest: 'Normal Running', state: 'Running' }
    : { guest: 'Rescue Running', state: 'Rescued' };
}
