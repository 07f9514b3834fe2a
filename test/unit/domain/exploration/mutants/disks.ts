import type { InstanceObservation } from '../../../../../src/domain/instance/observation.ts';
import { limits } from '../models.ts';
import type { Mutant } from './mutant.ts';

/** A VM was made by a process that is gone, and its successor does not see it yet. */
const OVERLOOKED = limits({ users: ['rescue'], slow: ['vm'], faults: 1, successor: 'Late', shared: true });
const PAIR = limits({ users: ['power'], shared: true });

export const DISKS: readonly Mutant[] = [
  {
    name: 'nobody looks at who else has the disk',
    want: /two VMs run on one disk/,
    limits: PAIR,
    mutate: ({ decideInstance }) => ({
      decideInstance: (observation, now) => decideInstance({ ...observation, rivals: [] }, now),
    }),
  },
  {
    name: 'only one that runs has the disk, not one that has announced its start',
    want: /two VMs run on one disk/,
    limits: OVERLOOKED,
    mutate: ({ decideInstance }) => ({
      decideInstance: (observation, now) => decideInstance(withoutAnnouncements(observation), now),
    }),
  },
  {
    name: 'who has announced it first does not wait until the other one has given way',
    want: /two VMs run on one disk/,
    limits: OVERLOOKED,
    mutate: ({ decideInstance }) => ({
      decideInstance(observation, now) {
        const { uid } = observation.instance.metadata;
        const rivals = observation.rivals.filter(
          (rival) => rival.occupies || rival.kind === 'Vm' || rival.uid < uid,
        );
        return decideInstance({ ...observation, rivals }, now);
      },
    }),
  },
  {
    name: 'a VM that is stored off is taken for off before the backend has said so',
    want: /two VMs run on one disk|the lock goes from Stop to nobody too soon/,
    limits: limits({ users: ['power'], slow: ['guest'], shared: true }),
    mutate: ({ shell }) => ({ shell: { ...shell, hearsOfEnds: false } }),
  },
  {
    name: 'an order to run a VM is forgotten when its answer is lost, and the VM is stopped',
    want: /two VMs run on one disk/,
    limits: limits({ users: ['power'], slow: ['vm'], faults: 1, shared: true }),
    mutate: ({ shell }) => ({ shell: { ...shell, remembersOrders: false } }),
  },
  {
    name: 'an order to run a VM is forgotten when its answer is lost, and its Instance is deleted',
    want: /two VMs run on one disk/,
    limits: limits({ users: ['deletion'], slow: ['vm'], faults: 1, shared: true }),
    mutate: ({ shell }) => ({ shell: { ...shell, remembersOrders: false } }),
  },
  {
    name: 'who waits for a disk goes on waiting when it is free',
    want: /there is no VM|the guest is off, and should be Normal Running/,
    limits: PAIR,
    mutate: ({ decideInstance }) => ({
      decideInstance(observation, now) {
        const decision = decideInstance(observation, now);
        const stalled = observation.instance.status?.conditions?.find(({ type }) => type === 'Stalled');
        if (stalled?.reason !== 'DiskInUse') return decision;
        const why = { reason: stalled.reason, message: stalled.message } as const;
        return { ...decision, lock: undefined, stalled: why };
      },
    }),
  },
  {
    name: 'who runs on a disk gives it to another one',
    want: /the VM is stored to be Off, the spec asks for On/,
    limits: PAIR,
    mutate: ({ decideInstance }) => ({
      decideInstance(observation, now) {
        const decision = decideInstance(observation, now);
        const { instance, vm } = observation;
        if (vm?.running?.phase !== 'Running') return decision;
        const lock = { type: 'Stop', uid: instance.metadata.uid, startedAt: now } as const;
        if (instance.status?.operation === undefined) return { ...decision, lock };
        const target = { ...decision.target, power: 'Off' } as const;
        return { ...decision, lock, target, action: { kind: 'Define' } };
      },
    }),
  },
];

function withoutAnnouncements({ rivals, ...observation }: InstanceObservation): InstanceObservation {
  return { ...observation, rivals: rivals.filter(({ occupies }) => occupies) };
}
