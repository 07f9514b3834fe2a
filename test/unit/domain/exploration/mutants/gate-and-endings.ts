import { holdsLock } from '../../../../../src/domain/live-migration/observation.ts';
import { limits } from '../models.ts';
import { SMALL, type Mutant } from './mutant.ts';

export const GATE_AND_ENDINGS: readonly Mutant[] = [
  {
    name: 'the gate is not asked again once the lock is held',
    want: /a rescued VM is sent from a node that can not/,
    limits: limits({ users: ['rescue', 'migrate', 'labels'] }),
    mutate: ({ decideMigration }) => ({
      decideMigration(observation, now) {
        const decision = decideMigration(observation, now);
        const end = decision.kind === 'Withdraw' ? decision.then : decision;
        const refused = end.kind === 'End' && end.ending.reason === 'SourceNotCapable';
        return refused && holdsLock(observation) ? { kind: 'Start' } : decision;
      },
    }),
  },
  {
    name: 'a migration whose Instance is gone is not looked at any more',
    want: /a LiveMigration ended Aborted .*the migration is not over/,
    limits: limits({ users: ['migrate', 'deletion'] }),
    mutate: ({ decideMigration }) => ({
      decideMigration(observation, now) {
        const gone = observation.instance === undefined;
        return decideMigration(gone ? { ...observation, observed: undefined } : observation, now);
      },
    }),
  },
  {
    name: 'a migration is called aborted as soon as that is ordered',
    want: /a LiveMigration ended Aborted .*the migration is not over/,
    limits: SMALL,
    mutate: ({ decideMigration }) => ({
      decideMigration(observation, now) {
        const decision = decideMigration(observation, now);
        const node = observation.observed?.source;
        if (decision.kind !== 'Follow' || observation.observed?.aborting !== true) return decision;
        if (!observation.migration.spec.abort) return decision;
        const reason = 'AbortRequested';
        return { kind: 'End', ending: { phase: 'Aborted', reason, message: 'Too soon.', node } };
      },
    }),
  },
];
