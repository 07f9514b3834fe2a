import type { InstanceObservation } from '../../../../../src/domain/instance/observation.ts';
import { limits } from '../models.ts';
import { SMALL, type Mutant } from './mutant.ts';

/** Neither the migration that holds the lock, nor what the backend says of any. */
function withoutMigrations({ vm, ...observation }: InstanceObservation): InstanceObservation {
  return { ...observation, migration: undefined, vm: vm && { ...vm, migrations: [] } };
}

export const ONE_OPERATION: readonly Mutant[] = [
  {
    name: 'a stop is over when no guest is seen',
    want: /the lock goes from Stop to nobody too soon/,
    limits: limits({ users: ['power'], slow: ['guest'] }),
    mutate: ({ decideInstance }) => ({
      decideInstance(observation, now) {
        const { vm } = observation;
        return decideInstance({ ...observation, vm: vm && { ...vm, mayRun: false } }, now);
      },
    }),
  },
  {
    name: 'the Instance does not know of migrations',
    want: /a VM that is being migrated is told to (Define|Restart)|the lock goes from Migrate/,
    limits: SMALL,
    mutate: ({ decideInstance }) => ({
      decideInstance: (observation, now) => decideInstance(withoutMigrations(observation), now),
    }),
  },
  {
    name: 'a lock is free as soon as its LiveMigration is gone',
    want: /the lock goes from Migrate to \w+ too soon/,
    limits: SMALL,
    mutate: ({ decideInstance }) => ({
      decideInstance(observation, now) {
        const free = observation.migration?.exists === false;
        return decideInstance(free ? withoutMigrations(observation) : observation, now);
      },
    }),
  },
  {
    name: 'an order is given in the pass that takes the lock',
    want: /^Define is ordered while the lock is undefined/,
    limits: SMALL,
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
    name: 'a migration does not wait for an operation of the Instance',
    want: /the lock goes from \w+ to Migrate too soon/,
    limits: SMALL,
    mutate: ({ decideMigration }) => ({
      decideMigration(observation, now) {
        const decision = decideMigration(observation, now);
        const refused = decision.kind === 'End' && decision.ending.reason === 'InstanceState';
        return refused ? { kind: 'TakeLock' } : decision;
      },
    }),
  },
  {
    name: 'an order that was accepted is taken for done',
    want: /the lock goes from Rescue to nobody too soon/,
    limits: SMALL,
    mutate: ({ nextInstanceStatus }) => ({
      nextInstanceStatus(observation, decision, input) {
        const done = decision.action.kind === 'Restart' && input.outcome?.kind === 'Accepted';
        return nextInstanceStatus(observation, done ? { ...decision, lock: undefined } : decision, input);
      },
    }),
  },
  {
    name: 'a status is written whatever was written since',
    want: /the lock goes from \w+ to \w+ too soon/,
    limits: limits({ users: ['migrate', 'leader'], faults: 1 }),
    mutate: ({ shell }) => ({ shell: { ...shell, testsVersion: false } }),
  },
  {
    name: 'a VM is restarted in the middle of its migration',
    want: /a VM that is being migrated is told to Restart/,
    limits: SMALL,
    mutate: ({ decideInstance }) => ({
      decideInstance(observation, now) {
        const decision = decideInstance(observation, now);
        const { migration, vm } = observation;
        return migration?.observed?.phase === 'Running' && vm?.running !== undefined
          ? { ...decision, action: { kind: 'Restart', bootId: vm.running.bootId } }
          : decision;
      },
    }),
  },
];
