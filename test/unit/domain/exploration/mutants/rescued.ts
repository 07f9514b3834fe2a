import { SMALL, type Mutant } from './mutant.ts';

export const RESCUED: readonly Mutant[] = [
  {
    name: 'a migration that is under way shows',
    want: /a rescued Instance (that is migrated is shown as|becomes) Paused/,
    limits: SMALL,
    mutate: ({ nextInstanceStatus }) => ({
      nextInstanceStatus(observation, decision, input) {
        const status = nextInstanceStatus(observation, decision, input);
        const shows = status.operation?.type === 'Migrate' && status.state === 'Rescued';
        return shows ? { ...status, state: 'Paused' } : status;
      },
    }),
  },
  {
    name: 'a migration that transfers shows',
    want: /a rescued Instance (that is migrated is shown as|becomes) Paused/,
    limits: SMALL,
    mutate: ({ nextInstanceStatus }) => ({
      nextInstanceStatus(observation, decision, input) {
        const status = nextInstanceStatus(observation, decision, input);
        const isTransferring = observation.migration?.observed?.phase === 'Running';
        return isTransferring && status.state === 'Rescued' ? { ...status, state: 'Paused' } : status;
      },
    }),
  },
  {
    name: 'the node is shown before the migration is over',
    want: /an Instance that is migrated from node-a is shown on node-b/,
    limits: SMALL,
    mutate: ({ nextInstanceStatus }) => ({
      nextInstanceStatus(observation, decision, input) {
        const status = nextInstanceStatus(observation, decision, input);
        const node = observation.vm?.running?.node;
        return status.operation?.type !== 'Migrate' || node === undefined ? status : { ...status, node };
      },
    }),
  },
  {
    name: 'a rescue ends with the migration',
    want: /a rescued Instance becomes Unrescuing unasked|the VM is stored as Normal/,
    limits: SMALL,
    mutate: ({ decideInstance }) => ({
      decideInstance(observation, now) {
        const { instance, vm } = observation;
        const moved = vm?.running?.node === 'node-b';
        if (!moved) return decideInstance(observation, now);
        const { rescue, ...spec } = instance.spec;
        return decideInstance({ ...observation, instance: { ...instance, spec } }, now);
      },
    }),
  },
];
