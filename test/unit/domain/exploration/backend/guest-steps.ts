import type { Brain } from '../shell/brain.ts';
import { caughtUp } from '../world/stale.ts';
import { chance, fault, progress, type Step } from '../world/step.ts';
import {
  isActive,
  isOwn,
  type BackendMigration,
  type Guest,
  type NodeName,
  type Vm,
  type World,
} from '../world/world.ts';

/** What becomes of a VM and its guest by themselves. */
export function guestSteps(world: World, nodes: readonly NodeName[], { shell }: Brain): Step[] {
  const { vm, guest, lost } = world;
  if (vm === undefined) return quiet(world, shell);
  switch (guest && lost[guest.node]) {
    case undefined:
      break;
    case 'Unreachable':
      // Nobody there carries anything out, and the backend waits: the guest may still run.
      return [];
    case 'OutOfService':
    case 'Deleted':
      return [progress('the backend gives up the guest of a node that is gone', ended(world, 'Died'))];
  }
  return [
    ...quiet(world, shell),
    ...deletion(world, vm),
    ...(guest === undefined ? boots(world, vm, nodes) : lifeOf(world, vm, guest)),
  ];
}

/** What the backend says of a VM is seen with the VM, however late its guest is. */
function quiet(world: World, { hearsOfEnds }: Brain['shell']): Step[] {
  const { ordered, vm, guest, stale } = world;
  if (ordered === undefined || vm?.power === 'On' || (guest !== undefined && hearsOfEnds)) return [];
  const known = { ...world, ordered: undefined, stale: caughtUp(stale, 'vm') };
  return [{ ...progress('the backend says that nothing of the VM runs', known), learned: ['vm'] }];
}

/** By hand; and with its Instance, through the owner reference. */
function deletion(world: World, vm: Vm): Step[] {
  const deleted = { ...ended(world, 'Died'), vm: undefined, ordered: undefined };
  if (vm.owner === undefined) return [chance('the foreign VM is deleted', deleted)];
  if (vm.policy === 'Retain') return fault('somebody deletes the VM', world, deleted);
  if (!isOwn(world)) return [progress('the VM goes with its Instance', deleted)];
  // Foreground deletion takes the VM first, and the Instance when the VM is gone.
  return world.instance?.deleting === true
    ? [progress('the VM is deleted before its Instance', deleted)]
    : fault('somebody deletes the VM', world, deleted);
}

function boots(world: World, vm: Vm, nodes: readonly NodeName[]): Step[] {
  const first = nodes.find((node) => world.lost[node] === undefined);
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
        ...fault('the boot fails', world, { ...ended(world, 'Died'), vm: { ...vm, troubled: true } }),
      ];
    case 'Stopping':
      return [progress('the guest is gone', ended(world, 'Restarted'))];
    case 'Running':
      return fault('the guest dies', world, ended(world, 'Died'));
  }
}

/** Whatever ends a guest ends a migration of it. */
function ended(world: World, how: 'Died' | 'Restarted'): World {
  const { migration, foreign } = world;
  return { ...world, guest: undefined, migration: over(migration, how), foreign: over(foreign, how) };
}

function over(
  migration: BackendMigration | undefined,
  how: 'Died' | 'Restarted',
): BackendMigration | undefined {
  if (migration === undefined || migration.guest === 'Died') return migration;
  const left: BackendMigration = { ...migration, guest: how };
  return isActive(left) ? { ...left, phase: 'Failed' } : left;
}
