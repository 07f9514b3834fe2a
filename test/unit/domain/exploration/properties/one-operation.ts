import type { Order } from '../world/step.ts';
import { isActive, isOwn, lockOf, movingIn, type Operation, type World } from '../world/world.ts';
import type { Property } from './property.ts';

/** Rule 3: one operation at a time. */
export const ONE_OPERATION: readonly Property[] = [
  function leavesAloneWhatIsMigrated({ migration }, { order }) {
    if (!isActive(migration) || (order?.kind !== 'Define' && order?.kind !== 'Restart')) return undefined;
    return `a VM that is being migrated is told to ${order.kind}`;
  },

  /** The lock is what is stored, not what is seen of it. */
  function announcesBeforeItOrders(before, { order }) {
    // Nobody holds the lock of an Instance that is gone.
    if (order === undefined || before.instance === undefined) return undefined;
    const lock = lockOf(before);
    return isAnnounced(order, lock, before.instance.uid)
      ? undefined
      : `${order.kind} is ordered while the lock is ${JSON.stringify(lock)}`;
  },

  function takesTheLockFromNobody(before, { next }) {
    const held = lockOf(before);
    const taken = lockOf(next);
    if (held === undefined || next.instance === undefined || held.uid === taken?.uid) return undefined;
    return mayLose(held, before)
      ? undefined
      : `the lock goes from ${nameOf(held)} to ${nameOf(taken)} too soon`;
  },
];

function isAnnounced(order: Order, lock: Operation | undefined, instanceUid: string): boolean {
  switch (order.kind) {
    case 'Define':
    case 'Restart':
      return lock !== undefined && lock.type !== 'Migrate' && lock.uid === instanceUid;
    case 'Claim':
      // What runs does not notice.
      return true;
    case 'Migrate':
    case 'Abort':
      return lock?.type === 'Migrate' && lock.uid === order.uid;
  }
}

/** A migration that is under way keeps its lock; an operation of the Instance ends in a VM that is as was asked. */
function mayLose({ type, uid }: Operation, before: World): boolean {
  if (type === 'Migrate') return movingIn(before)?.uid !== uid;
  const { guest } = before;
  // What is stored off may still run, seen or not.
  if (type === 'Stop' && before.vm?.power === 'Off' && isOwn(before)) return guest === undefined;
  return guest === undefined || guest.phase === 'Running' || !isOwn(before) || isUnseen(before);
}

function isUnseen({ unanswered, stale }: World): boolean {
  // It was as asked when that was decided, and a guest that ends after it needs no lock to come back.
  if (unanswered.some(({ part }) => part === 'instance')) return true;
  // What is seen of the guest may be older, and its owner may be another one now; both are told by other rules.
  return stale.guest !== undefined || stale.vm !== undefined;
}

function nameOf(lock: Operation | undefined): string {
  return lock?.type ?? 'nobody';
}
