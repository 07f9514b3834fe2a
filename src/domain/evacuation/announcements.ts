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
