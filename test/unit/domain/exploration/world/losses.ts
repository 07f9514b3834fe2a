import type { Parts } from './world.ts';

/** Whether the guest is on a node that is not heard of, or that an admin has given up. */
export function isLost({ guest, lost }: Pick<Parts, 'guest' | 'lost'>): boolean {
  return guest !== undefined && lost[guest.node] !== undefined;
}

/** Whether nobody knows if it still runs there. */
export function isUnknown({ guest, lost }: Pick<Parts, 'guest' | 'lost'>): boolean {
  return guest !== undefined && lost[guest.node] === 'Unreachable';
}
