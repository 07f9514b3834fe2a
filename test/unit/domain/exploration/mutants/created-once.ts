import { limits } from '../models.ts';
import { SMALL, type Mutant } from './mutant.ts';

const TWICE = /a second migration is made at the backend for one LiveMigration/;

export const CREATED_ONCE: readonly Mutant[] = [
  {
    name: "the backend's migration has another name after a crash",
    want: TWICE,
    limits: limits({ users: ['migrate'], slow: ['migration'], faults: 1 }),
    mutate: ({ shell }) => ({
      shell: { ...shell, migrationName: (uid, { faults }) => `${uid}-${faults}` },
    }),
  },
  {
    name: 'a migration that was deleted at the backend is ordered again',
    want: TWICE,
    limits: SMALL,
    mutate: ({ decideMigration }) => ({
      decideMigration(observation, now) {
        const { migration } = observation;
        const { attempts, ...status } = migration.status ?? { observedGeneration: -1 };
        return decideMigration({ ...observation, migration: { ...migration, status } }, now);
      },
    }),
  },
];
