import { limits } from '../models.ts';
import type { Mutant } from './mutant.ts';

const LATE_MIGRATION = limits({ users: ['migrate'], slow: ['migration'], faults: 1 });

/** Each is how it was before it was mended. */
export const LOST_ANSWERS: readonly Mutant[] = [
  {
    name: 'a migration that is not seen is taken for one that was never made',
    want: /the lock goes from Migrate to nobody too soon/,
    limits: LATE_MIGRATION,
    mutate: ({ decideInstance }) => ({
      decideInstance(observation, now) {
        const { migration } = observation;
        const unseen = migration?.exists === false && migration.observed === undefined;
        return decideInstance(unseen ? { ...observation, migration: undefined } : observation, now);
      },
    }),
  },
  {
    name: 'a LiveMigration that is unwanted ends though its migration may have begun',
    want: /a LiveMigration ended Aborted .*the migration is not over/,
    limits: LATE_MIGRATION,
    mutate: ({ decideMigration }) => ({
      decideMigration(observation, now) {
        const decision = decideMigration(observation, now);
        return decision.kind === 'Withdraw' ? decision.then : decision;
      },
    }),
  },
  {
    name: 'an end whose answer was lost is forgotten',
    want: /a LiveMigration that has ended takes the lock/,
    limits: limits({ users: ['migrate'], slow: ['liveMigrations'], faults: 1 }),
    mutate: ({ shell }) => ({ shell: { ...shell, unanswered: 'Forgotten' } }),
  },
  {
    name: 'a release whose answer was lost is forgotten',
    want: /Define is ordered while the lock is undefined/,
    limits: limits({ users: ['rescue'], slow: ['instance'], faults: 2 }),
    mutate: ({ shell }) => ({ shell: { ...shell, unanswered: 'Forgotten' } }),
  },
  {
    name: 'a status that was lost itself is waited for',
    want: /the lock Start is held for ever|there is no VM|stays undefined/,
    limits: limits({ users: [], faults: 1 }),
    mutate: ({ shell }) => ({ shell: { ...shell, unanswered: 'Awaited' } }),
  },
];
