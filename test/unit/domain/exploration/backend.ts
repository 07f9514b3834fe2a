import { ACCEPTED, type Outcome } from '../../../../src/domain/outcome.ts';
import { driverErrors } from '../../../../src/drivers/driver-errors.ts';
import { chance, fault, progress, type Order, type Step } from './step.ts';
import { isActive, NODE_NAMES, type BackendMigration, type Guest, type Vm, type World } from './world.ts';

export interface DefineOrder {
  readonly mode: Vm['mode'];
  readonly power: Vm['power'];
}

/** What the backend makes of an order: it obeys whatever it is told, so that a wrong order does its harm. */
export function obey(world: World, order: Order, define: DefineOrder): [World, Outcome] {
  switch (order.kind) {
    case 'Define':
      return [{ ...world, vm: defined(world.vm, define) }, ACCEPTED];
    case 'Restart':
      return [{ ...world, vm: world.vm && stopping(world.vm) }, ACCEPTED];
    case 'Migrate':
      return migrate(world, order.uid, order.labelled);
    case 'Abort':
      return [{ ...world, migration: aborting(world, order.uid) }, ACCEPTED];
  }
}

function defined(before: Vm | undefined, { mode, power }: DefineOrder): Vm {
  const vm: Vm = { guest: before?.guest, mode, power, troubled: false };
  return power === 'Off' ? stopping(vm) : vm;
}

function stopping(vm: Vm): Vm {
  return vm.guest === undefined ? vm : { ...vm, guest: { ...vm.guest, phase: 'Stopping' } };
}

function migrate(world: World, uid: string, labelled: boolean): [World, Outcome] {
  const { vm, migration } = world;
  if (migration?.uid === uid) return [world, ACCEPTED];
  if (isActive(migration)) return [world, driverErrors.busy('another migration is under way')];
  if (vm?.guest === undefined) return [world, driverErrors.rejected('the VM does not run')];
  const made: BackendMigration = {
    uid,
    labelled,
    phase: 'Queued',
    aborting: false,
    source: vm.guest.node,
    destination: undefined,
    lagging: false,
    guest: 'Alive',
  };
  return [{ ...world, migration: made }, ACCEPTED];
}

function aborting({ migration }: World, uid: string): BackendMigration | undefined {
  return migration?.uid === uid && isActive(migration) ? { ...migration, aborting: true } : migration;
}

/** Everything that the backend may do by itself. */
export function backendSteps(world: World): Step[] {
  const { vm, migration } = world;
  return [
    ...(vm === undefined ? [] : vmSteps(world, vm)),
    ...(migration === undefined ? [] : migrationSteps(world, migration)),
  ];
}

function vmSteps(world: World, vm: Vm): Step[] {
  const deleted = fault('somebody deletes the VM', world, { vm: undefined, migration: undefined });
  if (vm.guest === undefined) return [...deleted, ...bootSteps(world, vm)];
  return [...deleted, ...guestSteps(world, vm, vm.guest)];
}

function bootSteps(world: World, vm: Vm): Step[] {
  if (vm.power === 'Off') return [];
  // On one node always: what matters is whether it is another one than before, and migrations see to that.
  const guest: Guest = { mode: vm.mode, phase: 'Starting', node: 'node-a' };
  return [progress('the VM is being booted', { ...world, vm: { ...vm, troubled: false, guest } })];
}

function guestSteps(world: World, vm: Vm, guest: Guest): Step[] {
  switch (guest.phase) {
    case 'Starting':
      return [
        progress('the boot is finished', { ...world, vm: { ...vm, guest: { ...guest, phase: 'Running' } } }),
        ...fault('the boot fails', world, { vm: { ...vm, guest: undefined, troubled: true } }),
      ];
    case 'Stopping':
      return [progress('the guest is gone', { ...world, ...without(world, vm, 'Restarted') })];
    case 'Running':
      return fault('the guest dies', world, without(world, vm, 'Died'));
  }
}

/** Whatever ends a guest ends a migration of it. */
function without({ migration }: World, vm: Vm, how: 'Died' | 'Restarted'): Partial<World> {
  const over = migration && { ...migration, guest: migration.guest === 'Died' ? migration.guest : how };
  const failed = over && isActive(over) ? ({ ...over, phase: 'Failed' } as const) : over;
  return { vm: { ...vm, guest: undefined }, migration: failed && { ...failed, lagging: false } };
}

function migrationSteps(world: World, migration: BackendMigration): Step[] {
  if (migration.lagging) return [progress('the VM is seen on its destination', moved(world, migration))];
  if (!isActive(migration)) {
    return [chance('the backend forgets the migration', { ...world, migration: undefined })];
  }
  return [...endSteps(world, migration), ...phaseSteps(world, migration)];
}

/** Once the guest is on its destination, nothing brings it back. */
function endSteps(world: World, migration: BackendMigration): Step[] {
  if (migration.phase === 'Completing') return [];
  const to = (next: Partial<BackendMigration>) => ({ ...world, migration: { ...migration, ...next } });
  return [
    migration.aborting
      ? progress('the migration was aborted', to({ phase: 'Failed' }))
      : chance('somebody else aborts', to({ aborting: true })),
    ...fault('the migration fails', world, { migration: { ...migration, phase: 'Failed' } }),
  ];
}

function phaseSteps(world: World, migration: BackendMigration): Step[] {
  const to = (next: Partial<BackendMigration>) => ({ ...world, migration: { ...migration, ...next } });
  switch (migration.phase) {
    case 'Queued':
      return scheduleSteps(world, migration);
    case 'Preparing':
      return [progress('the transfer begins', to({ phase: 'Running' }))];
    case 'Running':
      return [
        progress('the guest is moved', moved(world, { ...migration, phase: 'Completing' })),
        progress('the migration succeeds first', to({ phase: 'Succeeded', lagging: true })),
      ];
    case 'Completing':
      return [progress('the migration succeeds', to({ phase: 'Succeeded' }))];
    case 'PostCopy':
    case 'Succeeded':
    case 'Failed':
      return [];
  }
}

function scheduleSteps(world: World, migration: BackendMigration): Step[] {
  const given = progress('no destination is found in time', {
    ...world,
    migration: { ...migration, phase: 'Failed' },
  });
  const destination = NODE_NAMES.find((node) => node !== migration.source);
  const fits = !migration.labelled || destination !== world.incapable;
  if (destination === undefined || !fits || world.vm?.guest?.phase !== 'Running') return [given];
  return [
    given,
    progress('a destination is found', {
      ...world,
      migration: { ...migration, phase: 'Preparing', destination },
    }),
  ];
}

function moved(world: World, migration: BackendMigration): World {
  const { vm } = world;
  const node = migration.destination;
  const arrived = { ...migration, lagging: false };
  if (vm?.guest === undefined || node === undefined) return { ...world, migration: arrived };
  return { ...world, migration: arrived, vm: { ...vm, guest: { ...vm.guest, node } } };
}
