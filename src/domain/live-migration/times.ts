import type { LiveMigration } from '../../api/live-migration.ts';
import { secondsSince } from '../duration.ts';

type Timed = Pick<LiveMigration, 'metadata' | 'status'>;

/**
 * For how long a migration has been going on: since its transfer began, else since it was asked for. Whole seconds.
 * @param now milliseconds since the epoch
 * @param startedAt when the transfer began, RFC 3339, where more is known than its status says
 */
export function elapsedSeconds(
  { metadata, status }: Timed,
  now: number,
  startedAt: string | undefined = status?.startTime,
): number {
  return secondsSince(startedAt ?? metadata.creationTimestamp, now);
}

/** For sorting migrations that are over: which one has ended earlier. */
export function byEnd(a: Timed, b: Timed): number {
  return endOf(a) - endOf(b);
}

/** Milliseconds since the epoch. */
function endOf({ metadata, status }: Timed): number {
  return Date.parse(status?.completionTime ?? metadata.creationTimestamp);
}
