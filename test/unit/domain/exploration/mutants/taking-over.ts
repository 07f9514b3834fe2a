import type { InstanceObservation } from '../../../../../src/domain/instance/observation.ts';
import { renderVm } from '../../../../../src/domain/vm.ts';
import { limits } from '../models.ts';
import type { Mutant } from './mutant.ts';

const ADOPTED = limits({ users: ['adoption', 'foreignVm'], faults: 1 });
const RETAINED = limits({ users: ['policy', 'deletion', 'recreation'] });

function asIfAsked(observation: InstanceObservation, annotation: string | undefined): InstanceObservation {
  const { instance } = observation;
  const { annotations: _, ...metadata } = instance.metadata;
  const annotations = annotation === undefined ? {} : { [annotation]: 'true' };
  return { ...observation, instance: { ...instance, metadata: { ...metadata, annotations } } };
}

/** Rule 8: a VM that somebody else made. */
export const ADOPTION: readonly Mutant[] = [
  {
    name: 'a VM that somebody else made is adopted unasked',
    want: /a VM that is not ours is told to Claim/,
    limits: ADOPTED,
    mutate: ({ decideInstance }) => ({
      decideInstance: (observation, now) =>
        decideInstance(asIfAsked(observation, 'compute.medevac.dev/adopt'), now),
    }),
  },
  {
    name: 'nobody is adopted',
    want: /a VM that is to be taken over is not/,
    limits: ADOPTED,
    mutate: ({ decideInstance }) => ({
      decideInstance: (observation, now) => decideInstance(asIfAsked(observation, undefined), now),
    }),
  },
  {
    name: 'a VM that is taken over gets the identity of the Instance',
    want: /the VM is stored as|changes the identity of a VM/,
    limits: limits({ users: ['rescue', 'adoption', 'foreignVm'], faults: 1 }),
    mutate: ({ decideInstance }) => ({
      decideInstance(observation, now) {
        const decision = decideInstance(observation, now);
        const { target } = decision;
        const { spec, metadata } = observation.instance;
        const identity = { ...target.vm.identity, firmwareUUID: metadata.uid, serial: metadata.uid };
        return { ...decision, target: { ...target, vm: renderVm(spec, identity, target.lease.rescue) } };
      },
    }),
  },
  {
    name: 'a VM that is taken over is restarted',
    want: /a VM that is booted as asked \(Normal\) is restarted/,
    limits: ADOPTED,
    mutate: ({ decideInstance }) => ({
      decideInstance(observation, now) {
        const decision = decideInstance(observation, now);
        const { instance, vm } = observation;
        const running = vm?.running;
        if (decision.lock !== undefined || decision.action.kind !== 'None') return decision;
        if (vm?.ownership.kind !== 'Instance' || running?.boot.specHash !== '') return decision;
        const lock = { type: 'Start', uid: instance.metadata.uid, startedAt: now } as const;
        return instance.status?.operation === undefined
          ? { ...decision, lock }
          : { ...decision, lock, action: { kind: 'Restart', bootId: running.bootId } };
      },
    }),
  },
];

/** Rule 9: a VM that stays. */
export const RETENTION: readonly Mutant[] = [
  {
    name: 'a deletionPolicy that was changed is not written on the VM',
    want: /the VM says Delete, the spec Retain|the lock Start is held for ever/,
    limits: RETAINED,
    mutate: ({ decideInstance }) => ({
      decideInstance(observation, now) {
        const decision = decideInstance(observation, now);
        const { vm, instance } = observation;
        const isOwn = vm?.ownership.kind === 'Instance' && vm.ownership.uid === instance.metadata.uid;
        return isOwn && decision.action.kind === 'Claim'
          ? { ...decision, action: { kind: 'None' } }
          : decision;
      },
    }),
  },
  {
    name: 'a VM that was retained is not taken over',
    want: /a VM that is to be taken over is not/,
    limits: RETAINED,
    mutate: ({ decideInstance }) => ({
      decideInstance(observation, now) {
        const decision = decideInstance(observation, now);
        const { vm, instance } = observation;
        const isOwn = vm?.ownership.kind === 'Instance' && vm.ownership.uid === instance.metadata.uid;
        return isOwn || decision.action.kind !== 'Claim'
          ? decision
          : { ...decision, action: { kind: 'None' } };
      },
    }),
  },
  {
    name: 'a VM that goes with an Instance that is gone is taken over',
    want: /a VM that is not ours is told to Claim/,
    limits: RETAINED,
    mutate: ({ decideInstance }) => ({
      decideInstance(observation, now) {
        const { vm } = observation;
        const kept = vm?.ownership.kind === 'Instance' && {
          ...vm,
          ownership: { ...vm.ownership, deletionPolicy: 'Retain' as const },
        };
        return decideInstance(kept === false ? observation : { ...observation, vm: kept }, now);
      },
    }),
  },
  {
    name: 'a VM that was retained is brought to what its new Instance asks for, with a restart',
    want: /Define is ordered while the lock is undefined|a VM that is not ours is told to Define/,
    limits: RETAINED,
    mutate: ({ decideInstance }) => ({
      decideInstance(observation, now) {
        const decision = decideInstance(observation, now);
        return decision.action.kind === 'Claim' ? { ...decision, action: { kind: 'Define' } } : decision;
      },
    }),
  },
];
