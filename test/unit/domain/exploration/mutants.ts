import type { Limits } from './explore.ts';
import type { Brain } from './passes.ts';
import { holdsLock } from '../../../../src/domain/live-migration/observation.ts';

/** A way to be wrong, and what the exploration must say of it. */
export interface Mutant {
  readonly name: string;
  readonly want: RegExp;
  readonly limits: Limits;
  readonly mutate: (real: Brain) => Partial<Brain>;
}

const USERS: Limits = { faults: 0, rescue: true, changePower: false, changeLabels: true };

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'the Instance does not know of migrations',
    want: /a VM that is being migrated is told to (Define|Restart)|is ordered while the lock/,
    limits: USERS,
    mutate: ({ decideInstance }) => ({
      decideInstance: (observation, now) => decideInstance({ ...observation, migration: undefined }, now),
    }),
  },
  {
    name: 'an order is given in the pass that takes the lock',
    want: /^Define is ordered while the lock is undefined/,
    limits: USERS,
    mutate: ({ decideInstance }) => ({
      decideInstance(observation, now) {
        const { instance } = observation;
        const decision = decideInstance(observation, now);
        if (decision.lock === undefined || instance.status?.operation !== undefined) return decision;
        const status = { observedGeneration: 1, ...instance.status, operation: decision.lock };
        return decideInstance({ ...observation, instance: { ...instance, status } }, now);
      },
    }),
  },
  {
    name: 'the gate is not asked again once the lock is held',
    want: /a rescued VM is sent from a node that can not/,
    limits: USERS,
    mutate: ({ decideMigration }) => ({
      decideMigration(observation, now) {
        const decision = decideMigration(observation, now);
        const refused = decision.kind === 'End' && decision.ending.reason === 'SourceNotCapable';
        return refused && holdsLock(observation) ? { kind: 'Start' } : decision;
      },
    }),
  },
  {
    name: 'a migration is called aborted as soon as that is ordered',
    want: /a LiveMigration ended Aborted .*the migration is not over/,
    limits: USERS,
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
  {
    name: 'a migration that is under way shows',
    want: /a rescued Instance that is migrated is shown as Paused/,
    limits: USERS,
    mutate: ({ nextInstanceStatus }) => ({
      nextInstanceStatus(observation, decision, input) {
        const status = nextInstanceStatus(observation, decision, input);
        return status.operation?.type === 'Migrate' ? { ...status, state: 'Paused' } : status;
      },
    }),
  },
  {
    name: 'the lock is never given back',
    want: /the lock Migrate is held for ever/,
    limits: USERS,
    mutate: ({ decideMigration }) => ({
      decideMigration(observation, now) {
        const decision = decideMigration(observation, now);
        return decision.kind === 'Release' ? { kind: 'Settled' } : decision;
      },
    }),
  },
  {
    name: 'the lock is taken for nothing',
    want: /it writes for ever/,
    limits: USERS,
    mutate: ({ decideInstance }) => ({
      decideInstance(observation, now) {
        const decision = decideInstance(observation, now);
        const { metadata, status } = observation.instance;
        if (decision.lock !== undefined || status?.operation !== undefined) return decision;
        return { ...decision, lock: { type: 'Start', uid: metadata.uid, startedAt: now } };
      },
    }),
  },
  {
    name: 'a guest that dies before its migration begins is waited for with the lock held',
    want: /the lock Migrate is held for ever/,
    limits: { ...USERS, rescue: false, changeLabels: false, faults: 1 },
    mutate: ({ decideMigration }) => ({
      decideMigration(observation, now) {
        const decision = decideMigration(observation, now);
        const waits = decision.kind === 'Release' && observation.migration.status?.phase === undefined;
        return waits ? { kind: 'Follow' } : decision;
      },
    }),
  },
];
