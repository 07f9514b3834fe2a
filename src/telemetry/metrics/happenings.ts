import type { LiveMigrationStatus } from '../../api/live-migration.ts';
import type { Announcement } from '../../domain/instance/announcements.ts';
import { seconds, type Meter } from './meter.ts';

/** Seconds. */
const TRANSFER_BUCKETS = [1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200];
/** Seconds. */
const DOWNTIME_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Counts what happens. */
export interface Happenings {
  /** To be told of a LiveMigration once, when it is over. */
  migrationEnded(status: LiveMigrationStatus): void;
  /** To be told of each Event. */
  announced(kind: string, announcement: Announcement): void;
}

export function countHappenings(meter: Meter): Happenings {
  const events = meter.counter(
    { name: 'medevac_events_total', help: 'Events that were told, by kind of object and reason.' },
    'kind',
    'type',
    'reason',
  );
  const migrationEnded = countMigrations(meter);
  return {
    migrationEnded,
    announced: (kind, { type, reason }) => events.inc({ kind, type, reason }),
  };
}

function countMigrations(meter: Meter): Happenings['migrationEnded'] {
  const ended = meter.counter(
    {
      name: 'medevac_live_migrations_ended_total',
      help: 'LiveMigrations that are over, by their last phase, its reason, and whether the Instance was rescued.',
    },
    'phase',
    'reason',
    'rescued',
  );
  const bytes = meter.counter({
    name: 'medevac_live_migration_bytes_total',
    help: 'Memory and disk data that migrations have sent, where the driver says it.',
  });
  const transfer = meter.histogram(
    {
      name: 'medevac_live_migration_transfer_seconds',
      help: 'How long the transfer of a LiveMigration took.',
      buckets: TRANSFER_BUCKETS,
    },
    'phase',
  );
  const downtime = meter.histogram({
    name: 'medevac_live_migration_downtime_seconds',
    help: 'How long a guest stood still at the end of its migration, where the driver says it.',
    buckets: DOWNTIME_BUCKETS,
  });
  return (status) => {
    const { phase = 'Failed', instanceState, transferMilliseconds, downtimeMilliseconds } = status;
    ended.inc({ phase, reason: lastReason(status), rescued: String(instanceState === 'Rescued') });
    bytes.inc(bytesSent(status));
    if (transferMilliseconds !== undefined) transfer.observe({ phase }, seconds(transferMilliseconds));
    if (downtimeMilliseconds !== undefined) downtime.observe(seconds(downtimeMilliseconds));
  };
}

function lastReason({ conditions }: LiveMigrationStatus): string {
  return conditions?.find(({ type }) => type === 'Ready')?.reason ?? '';
}

function bytesSent({ progress }: LiveMigrationStatus): number {
  return (progress?.memoryProcessedBytes ?? 0) + (progress?.diskProcessedBytes ?? 0);
}
