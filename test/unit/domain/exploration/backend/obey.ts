import { ACCEPTED, type Outcome } from '../../../../../src/domain/outcome.ts';
import { driverErrors } from '../../../../../src/drivers/driver-errors.ts';
import type { Brain } from '../shell/brain.ts';
import { withStale } from '../world/stale.ts';
import type { Order } from '../world/step.ts';
import {
  isActive,
  movingIn,
  type BackendMigration,
  type Guest,
  type Part,
  type Vm,
  type World,
} from '../world/world.ts';

/** What an order has led to, and what the answer to it has told the caches. */
export interface Answer {
  readonly after: World;
  readonly outcome: Outcome;
  readonly learned: readonly Part[];
}

/** What the backend makes of an order: it obeys whatever it is told, so that a wrong order does its harm. */
export function obey(world: World, order: Order, brain: Brain): Answer {
  switch (order.kind) {
    case 'Define':
      return define(world, order, brain);
    case 'Claim':
      return claim(world, order);
    case 'Restart':
      return restart(world, order.bootId);
    case 'Migrate':
      return migrate(world, order);
    case 'Abort':
      return abort(world, order.uid);
  }
}

/** An apply, with the uid of the VM that was seen, or on condition that there is none. */
function define(world: World, order: Extract<Order, { kind: 'Define' }>, { shell }: Brain): Answer {
  const { vm, guest } = world;
  const seenUid = order.vmUid;
  const holds = seenUid === undefined ? shell.testsAbsence : shell.testsVmUid;
  if (vm?.uid !== seenUid && holds) {
    return { after: world, outcome: driverErrors.busy('it is not the VM that was seen'), learned: [] };
  }
  const { boot, identity, power, owner, policy } = order;
  const { uid } = vm ?? { uid: 'vm-new' };
  const stored: Vm = { uid, owner, policy, identity, boot, power, troubled: false };
  const stops = power === 'Off' && guest !== undefined;
  const after = { ...withOrder(world, order), vm: stored, guest: stops ? stopping(guest) : guest };
  return { after, outcome: ACCEPTED, learned: ['vm'] };
}

/** The world in which it is known that a VM was ordered to run, whatever became of that order. */
export function withOrder(world: World, order: Order): World {
  if (order.kind !== 'Define' || order.power === 'Off') return world;
  const { boot, identity, owner, policy } = order;
  return { ...world, ordered: { uid: '', owner, policy, identity, boot, power: 'Off', troubled: false } };
}

/** Whose a VM is, written on the VM that is meant; what it boots stays as it is. */
function claim(world: World, { vmUid, owner, policy }: Extract<Order, { kind: 'Claim' }>): Answer {
  const { vm } = world;
  if (vm?.uid !== vmUid)
    return { after: world, outcome: driverErrors.notFound('that VM is gone'), learned: [] };
  return { after: { ...world, vm: { ...vm, owner, policy } }, outcome: ACCEPTED, learned: ['vm'] };
}

function stopping(guest: Guest): Guest {
  return { ...guest, phase: 'Stopping' };
}

/** The boot that is meant, and no other; the driver knows at once that it has ended it. */
function restart(world: World, bootId: string): Answer {
  const { guest, stale } = world;
  if (guest?.bootId === bootId) {
    return { after: { ...world, guest: stopping(guest) }, outcome: ACCEPTED, learned: ['guest'] };
  }
  const shown = stale.guest?.[0];
  const after = shown?.bootId === bootId ? withStale(world, 'guest', stopping(shown)) : world;
  return { after, outcome: ACCEPTED, learned: [] };
}

function migrate(world: World, { uid, name, labelled }: Extract<Order, { kind: 'Migrate' }>): Answer {
  const { vm, guest, migration } = world;
  const refused = (outcome: Outcome): Answer => ({ after: world, outcome, learned: [] });
  if (migration?.name === name) return { after: world, outcome: ACCEPTED, learned: [] };
  if (movingIn(world) !== undefined) return refused(driverErrors.busy('another migration is under way'));
  if (vm === undefined || guest === undefined) return refused(driverErrors.rejected('the VM does not run'));
  const made: BackendMigration = {
    uid,
    name,
    labelled,
    phase: 'Queued',
    aborting: false,
    source: guest.node,
    destination: undefined,
    guest: 'Alive',
  };
  return { after: { ...world, migration: made }, outcome: ACCEPTED, learned: ['migration'] };
}

/** Also one that is not seen yet. */
function abort(world: World, uid: string): Answer {
  const { migration } = world;
  if (migration?.uid !== uid) {
    return { after: world, outcome: driverErrors.notFound('there is no such migration'), learned: [] };
  }
  const aborting: BackendMigration = isActive(migration) ? { ...migration, aborting: true } : migration;
  return { after: { ...world, migration: aborting }, outcome: ACCEPTED, learned: [] };
}
