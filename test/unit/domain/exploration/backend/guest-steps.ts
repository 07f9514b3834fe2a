import { chance, fault, progress, type Step } from '../world/step.ts';
import {
  isActive,
  type BackendMigration,
  type Guest,
  type NodeName,
  type Vm,
  type World,
} from '../world/world.ts';

/** What becomes of a VM and its guest by themselves. */
export function guestSteps(world: World, nodes: readonly NodeName[]): Step[] {
  const { vm, guest } = world;
  if (vm === undefined) return [];
  return [
    ...deletion(world, vm),
    ...(guest === undefined ? boots(world, vm, nodes) : lifeOf(world, vm, guest)),
  ];
}

/** By hand; and with its Instance, through the owner reference. */
function deletion(world: World, vm: Vm): Step[] {
  const deleted = { ...world, ...over(world, 'Died'), vm: undefined };
  if (vm.owner === 'Foreign') return [chance('the foreign VM is deleted', deleted)];
  const { instance } = world;
  if (instance === undefined) return [progress('the VM goes with its Instance', deleted)];
  // Foreground deletion takes the VM first, and the Instance when the VM is gone.
  return instance.deleting
    ? [progress('the VM is deleted before its Instance', deleted)]
    : fault('somebody deletes the VM', world, deleted);
}

function boots(world: World, vm: Vm, nodes: readonly NodeName[]): Step[] {
  const [first] = nodes;
  if (vm.power === 'Off' || first === undefined) return [];
  // On one node always: what matters is whether it is another one than before, and migrations see to that.
  const guest: Guest = { bootId: 'boot-new', boot: vm.boot, phase: 'Starting', node: first };
  return [progress('the VM is being booted', { ...world, vm: { ...vm, troubled: false }, guest })];
}

function lifeOf(world: World, vm: Vm, guest: Guest): Step[] {
  switch (guest.phase) {
    case 'Starting':
      return [
        progress('the boot is finished', { ...world, guest: { ...guest, phase: 'Running' } }),
        ...fault('the boot fails', world, { ...over(world, 'Died'), vm: { ...vm, troubled: true } }),
      ];
    case 'Stopping':
      return [progress('the guest is gone', { ...world, ...over(world, 'Restarted') })];
    case 'Running':
      return fault('the guest dies', world, over(world, 'Died'));
  }
}

/** Whatever ends a guest ends a migration of it. */
function over({ migration }: World, how: 'Died' | 'Restarted'): Pick<World, 'guest' | 'migration'> {
  if (migration === undefined || migration.guest === 'Died') return { guest: undefined, migration };
  const ended: BackendMigration = { ...migration, guest: how };
  return { guest: undefined, migration: isActive(ended) ? { ...ended, phase: 'Failed' } : ended };
}
