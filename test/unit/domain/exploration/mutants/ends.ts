import { holdsLock } from '../../../../../src/domain/live-migration/observation.ts';
import { limits } from '../models.ts';
import { SMALL, type Mutant } from './mutant.ts';

const CONVERGED: readonly Mutant[] = [
  {
    name: 'the lock is taken for nothing',
    want: /it writes for ever/,
    limits: limits({ users: [] }),
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
    name: 'what is shown alternates',
    want: /it writes for ever/,
    limits: limits({ users: [] }),
    mutate: ({ nextInstanceStatus }) => ({
      nextInstanceStatus(observation, decision, input) {
        const status = nextInstanceStatus(observation, decision, input);
        const { node, ...others } = status;
        return observation.instance.status?.node === undefined ? status : others;
      },
    }),
  },
];

const RECOVERED: readonly Mutant[] = [
  {
    name: 'the lock is never given back',
    want: /the lock Migrate is held for ever/,
    limits: limits({ users: ['migrate'] }),
    mutate: ({ decideMigration }) => ({
      decideMigration(observation, now) {
        const decision = decideMigration(observation, now);
        return decision.kind === 'Release' ? { kind: 'Settled' } : decision;
      },
    }),
  },
  {
    name: 'a rescue that is under way is not taken up again',
    want: /the lock Rescue is held for ever/,
    limits: limits({ users: ['rescue'] }),
    mutate: ({ decideInstance }) => ({
      decideInstance(observation, now) {
        const decision = decideInstance(observation, now);
        const stored = observation.vm?.stored.boot.mode === 'Rescue';
        return stored ? { ...decision, action: { kind: 'None' } } : decision;
      },
    }),
  },
  {
    name: 'a guest that dies before its migration begins is waited for with the lock held',
    want: /the lock Migrate is held for ever/,
    limits: limits({ users: ['migrate'], faults: 1 }),
    mutate: ({ decideMigration }) => ({
      decideMigration(observation, now) {
        const decision = decideMigration(observation, now);
        const waits = decision.kind === 'Withdraw' && decision.then.kind === 'Release';
        return waits ? { kind: 'Follow' } : decision;
      },
    }),
  },
  {
    name: 'a migration gives the lock back before it says how it ended',
    want: /a LiveMigration ended \w+ \(\w+\)|a second migration is made/,
    limits: SMALL,
    mutate: ({ decideMigration }) => ({
      decideMigration(observation, now) {
        const decision = decideMigration(observation, now);
        return decision.kind === 'End' && holdsLock(observation) ? { kind: 'Release' } : decision;
      },
    }),
  },
];

/** Rules that speak of ends. */
export const ENDS = {
  'rule 6, what has converged writes nothing': CONVERGED,
  'rule 7, the same end from wherever it was interrupted': RECOVERED,
};
