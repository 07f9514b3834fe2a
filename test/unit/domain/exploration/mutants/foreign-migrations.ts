import type { InstanceObservation } from '../../../../../src/domain/instance/observation.ts';
import { limits } from '../models.ts';
import type { Mutant } from './mutant.ts';

const FOREIGN = limits({ users: ['rescue', 'foreignMigration'] });

function ofOursOnly({ vm, ...observation }: InstanceObservation): InstanceObservation {
  const migrations = vm?.migrations?.filter(({ madeFor }) => madeFor === 'LiveMigration') ?? [];
  return { ...observation, vm: vm && { ...vm, migrations } };
}

export const FOREIGN_MIGRATIONS: readonly Mutant[] = [
  {
    name: 'a migration that somebody else made gets no lock (no GiveWay)',
    want: /a VM that somebody else migrates is told to (Define|Restart)/,
    limits: FOREIGN,
    mutate: ({ decideInstance }) => ({
      decideInstance: (observation, now) => decideInstance(ofOursOnly(observation), now),
    }),
  },
  {
    name: 'a migration that somebody else made is not shown',
    want: /a VM that somebody else migrates is not shown as Migrating/,
    limits: FOREIGN,
    mutate: ({ nextInstanceStatus }) => ({
      nextInstanceStatus: (observation, decision, input) =>
        nextInstanceStatus(ofOursOnly(observation), decision, input),
    }),
  },
  {
    name: 'a migration that somebody else made is aborted',
    want: /a migration that somebody else made is aborted/,
    limits: FOREIGN,
    mutate: ({ decideInstance }) => ({
      decideInstance(observation, now) {
        const decision = decideInstance(observation, now);
        const { operation } = observation.instance.status ?? {};
        const isHeld = decision.lock?.type === 'Migrate' && operation?.type === 'Migrate';
        return isHeld
          ? { ...decision, action: { kind: 'AbortMigration', migrationUid: operation.uid } }
          : decision;
      },
    }),
  },
  {
    name: 'the lock of a migration that somebody else made is never given back',
    want: /the lock Migrate is held for ever/,
    limits: FOREIGN,
    mutate: ({ decideInstance }) => ({
      decideInstance(observation, now) {
        const decision = decideInstance(observation, now);
        const held = observation.instance.status?.operation;
        return held?.type === 'Migrate' ? { ...decision, lock: held } : decision;
      },
    }),
  },
];
