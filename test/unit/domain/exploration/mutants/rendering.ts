import { renderVm } from '../../../../../src/domain/vm.ts';
import { SMALL, type Mutant } from './mutant.ts';

export const RENDERING: readonly Mutant[] = [
  {
    name: 'the VM is bound to the node that it runs on',
    want: /^the VM is stored as Rescue [0-9a-f]+, the spec asks for Rescue/,
    limits: SMALL,
    mutate: ({ decideInstance }) => ({
      decideInstance(observation, now) {
        const decision = decideInstance(observation, now);
        const { spec } = observation.instance;
        const node = observation.vm?.running?.node;
        if (node === undefined) return decision;
        const bound = { ...spec, placement: { nodeSelector: { 'kubernetes.io/hostname': node } } };
        const vm = renderVm(bound, decision.target.vm.identity, spec.rescue);
        return { ...decision, target: { ...decision.target, vm } };
      },
    }),
  },
  {
    name: 'a VM that is not there has another identity',
    want: /^the VM is stored as Normal [0-9a-f]+, the spec asks for Normal/,
    limits: SMALL,
    mutate: ({ decideInstance }) => ({
      decideInstance(observation, now) {
        const decision = decideInstance(observation, now);
        const { spec } = observation.instance;
        if (observation.vm !== undefined) return decision;
        const identity = { ...decision.target.vm.identity, serial: 'another' };
        return { ...decision, target: { ...decision.target, vm: renderVm(spec, identity, spec.rescue) } };
      },
    }),
  },
  {
    name: 'a VM that is there is given another identity',
    want: /the VM is stored as|changes the identity of a VM/,
    limits: SMALL,
    mutate: ({ decideInstance }) => ({
      decideInstance(observation, now) {
        const decision = decideInstance(observation, now);
        const { target } = decision;
        if (observation.vm === undefined) return decision;
        const identity = { ...target.vm.identity, firmwareUUID: 'another' };
        const vm = renderVm(observation.instance.spec, identity, target.lease.rescue);
        return { ...decision, target: { ...target, vm } };
      },
    }),
  },
];
