import type { Instance } from '../../../../../src/api/instance.ts';
import type { Rescue } from '../../../../../src/api/rescue.ts';
import { holdsLock } from '../../../../../src/domain/live-migration/observation.ts';
import { limits } from '../models.ts';
import type { Mutant } from './mutant.ts';

const ALONE = limits({ users: ['lease', 'time'] });
const MIGRATED = limits({ users: ['shortRescue', 'time', 'migrate'] });

/** The Instance with another lease of its rescue. */
function withLease(instance: Instance, lease: Partial<Rescue>): Instance {
  const { rescue, ...spec } = instance.spec;
  return rescue === undefined
    ? instance
    : { ...instance, spec: { ...spec, rescue: { ...rescue, ...lease } } };
}

export const LEASES: readonly Mutant[] = [
  {
    name: 'a lease ends before its time',
    want: /the lease from .* is ended at/,
    limits: ALONE,
    mutate: ({ decideInstance }) => ({
      decideInstance(observation, now) {
        const { expiresAfter } = observation.instance.spec.rescue ?? {};
        const instance = withLease(
          observation.instance,
          expiresAfter === undefined ? {} : { expiresAfter: '0h' },
        );
        return decideInstance({ ...observation, instance }, now);
      },
    }),
  },
  {
    name: 'a lease that is over is only reported',
    want: /the lease is over, and the rescue goes on/,
    limits: ALONE,
    mutate: ({ decideInstance }) => ({
      decideInstance(observation, now) {
        const instance = withLease(observation.instance, { onExpiry: 'Keep' });
        return decideInstance({ ...observation, instance }, now);
      },
    }),
  },
  {
    name: 'each look begins the lease anew',
    want: /the lease from .* is counted from|it writes for ever/,
    limits: ALONE,
    mutate: ({ decideInstance }) => ({
      decideInstance(observation, now) {
        const { instance } = observation;
        const { rescue, ...status } = instance.status ?? { observedGeneration: -1 };
        const isOn = rescue !== undefined && rescue.expired === undefined;
        return decideInstance(
          isOn ? { ...observation, instance: { ...instance, status } } : observation,
          now,
        );
      },
    }),
  },
  {
    name: 'a rescue that its lease has ended begins again',
    want: /a rescue that its lease has ended is forgotten to be/,
    limits: ALONE,
    mutate: ({ decideInstance }) => ({
      decideInstance(observation, now) {
        const { instance } = observation;
        const { rescue, ...status } = instance.status ?? { observedGeneration: -1 };
        const isOver = rescue?.expired !== undefined && status.operation === undefined;
        return decideInstance(
          isOver ? { ...observation, instance: { ...instance, status } } : observation,
          now,
        );
      },
    }),
  },
  {
    name: 'what a lease has ended is stopped, whatever it says',
    want: /the VM is stored to be Off, the spec asks for On/,
    limits: ALONE,
    mutate: ({ decideInstance }) => ({
      decideInstance(observation, now) {
        const decision = decideInstance(observation, now);
        const hasEnded = decision.target.lease.record?.expired?.action === 'Unrescue';
        return hasEnded ? { ...decision, target: { ...decision.target, power: 'Off' } } : decision;
      },
    }),
  },
  {
    name: 'an expiry does not wait for a transfer',
    want: /a lease ends while the VM is being transferred/,
    limits: MIGRATED,
    mutate: ({ decideInstance }) => ({
      decideInstance(observation, now) {
        const decision = decideInstance(observation, now);
        const { operation, ...status } = observation.instance.status ?? { observedGeneration: -1 };
        if (operation?.type !== 'Migrate') return decision;
        const free = decideInstance(
          { ...observation, instance: { ...observation.instance, status }, migration: undefined },
          now,
        );
        return { ...decision, target: free.target };
      },
    }),
  },
  {
    name: 'a migration begins although the rescue is over',
    want: /a VM whose rescue is over is migrated instead/,
    limits: MIGRATED,
    mutate: ({ decideMigration }) => ({
      decideMigration(observation, now) {
        const decision = decideMigration(observation, now);
        const isLate = decision.kind === 'End' && decision.ending.reason === 'LeaseExpired';
        return isLate && holdsLock(observation) ? { kind: 'Start' } : decision;
      },
    }),
  },
];
