import { limits } from '../models.ts';
import type { Mutant } from './mutant.ts';

export const OWNERSHIP: readonly Mutant[] = [
  {
    name: 'a VM of that name is taken for ours',
    want: /a VM that is not ours is told to Define/,
    limits: limits({ users: ['rescue', 'foreignVm'] }),
    mutate: ({ decideInstance }) => ({
      decideInstance(observation, now) {
        const { instance, vm } = observation;
        return decideInstance(
          {
            ...observation,
            vm: vm && {
              ...vm,
              ownership: { kind: 'Instance', uid: instance.metadata.uid, deletionPolicy: 'Delete' },
            },
          },
          now,
        );
      },
    }),
  },
  {
    name: 'a VM is stored whatever has become of the one that was seen',
    want: /Define changes a VM that is not ours/,
    limits: limits({ users: ['rescue', 'foreignVm'], slow: ['vm'], faults: 1 }),
    mutate: ({ shell }) => ({ shell: { ...shell, testsVmUid: false } }),
  },
  {
    name: 'a VM that was not seen is stored over the one that is there',
    want: /Define changes a VM that is not ours/,
    limits: limits({ users: ['deletion', 'recreation'], slow: ['vm'], faults: 1, successor: 'Late' }),
    mutate: ({ shell }) => ({ shell: { ...shell, testsAbsence: false } }),
  },
  {
    name: 'a VM that was deleted by hand is not made again',
    want: /there is no VM/,
    limits: limits({ users: ['rescue'], faults: 1 }),
    mutate: ({ decideInstance }) => ({
      decideInstance(observation, now) {
        const decision = decideInstance(observation, now);
        const { instance, vm } = observation;
        const existed = instance.status?.resolved !== undefined && instance.status.operation === undefined;
        return vm === undefined && existed
          ? { ...decision, action: { kind: 'None' }, lock: undefined }
          : decision;
      },
    }),
  },
  {
    name: 'a VM that was deleted by hand comes back in its normal boot',
    want: /the VM is stored as Normal \w+, the spec asks for Rescue/,
    limits: limits({ users: ['rescue'], faults: 1 }),
    mutate: ({ decideInstance }) => ({
      decideInstance(observation, now) {
        const { instance, vm } = observation;
        if (vm !== undefined || instance.status?.state === 'Pending') return decideInstance(observation, now);
        const { rescue, ...spec } = instance.spec;
        return decideInstance({ ...observation, instance: { ...instance, spec } }, now);
      },
    }),
  },
];
