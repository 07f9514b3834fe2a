import type { Announcement } from '../instance/announcements.ts';
import type { EvacuationStep } from './plan.ts';

/** What stands in the way of a drain; told of the Instance and of its node. */
export function announceBlock({ message }: Extract<EvacuationStep, { kind: 'Blocked' }>): Announcement {
  return { type: 'Warning', reason: 'EvacuationBlocked', action: 'Evacuate', note: message };
}

/** A migration that a drain had made and that had not begun when its node was uncordoned. */
export function announceCancellation(node: string, migration: string): Announcement {
  const note = `Node "${node}" was uncordoned: LiveMigration ${migration} is aborted before its transfer begins.`;
  return { type: 'Normal', reason: 'EvacuationCancelled', action: 'Evacuate', note };
}

/** A migration that a drain had made and for which no node was found; `words`: of who has looked for one. */
export function announceNoPlace(key: string, migration: string, words: string | undefined): Announcement {
  const note =
    `The drain can't move Instance ${key}: no node is found for it${words === undefined ? '' : ` (${words})`}. ` +
    `LiveMigration ${migration} is aborted, so that others have their turn; another one follows. Free or add a node that fits.`;
  return { type: 'Warning', reason: 'EvacuationBlocked', action: 'Evacuate', note };
}
