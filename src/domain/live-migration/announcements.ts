import type { LiveMigrationStatus } from '../../api/live-migration.ts';
import type { Announcement } from '../instance/announcements.ts';
import { isFinal } from './decide.ts';

/** What a change of a LiveMigration's status tells people; at most one Event a change of phase. */
export function announceMigration(
  before: LiveMigrationStatus | undefined,
  after: LiveMigrationStatus,
): Announcement | undefined {
  const { phase } = after;
  if (phase === undefined || phase === before?.phase) return undefined;
  const note = isFinal(phase) ? lastWords(after) : `The migration${route(after)} is ${phase}.`;
  return { type: phase === 'Failed' ? 'Warning' : 'Normal', reason: phase, action: 'LiveMigrate', note };
}

function lastWords({ conditions }: LiveMigrationStatus): string {
  return conditions?.find(({ type }) => type === 'Ready')?.message ?? '';
}

function route({ source, destination }: LiveMigrationStatus): string {
  const from = source === undefined ? '' : ` from node "${source.node}"`;
  return destination === undefined ? from : `${from} to node "${destination.node}"`;
}
