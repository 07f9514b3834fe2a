import type { InstanceObservation } from '../../../../../src/domain/instance/observation.ts';
import { limits } from '../models.ts';
import type { Mutant } from './mutant.ts';

const RESCUED = limits({ users: ['rescue', 'nodes'], faults: 1 });

/** As if the kubelet of its node were heard of. */
function heardOf({ node, ...observation }: InstanceObservation): InstanceObservation {
  return { ...observation, node: node && { ...node, reachable: true } };
}

/** As if an admin had said that its node is off. */
function fenced({ node, ...observation }: InstanceObservation): InstanceObservation {
  return { ...observation, node: node && (node.reachable ? node : { ...node, fenced: true }) };
}

export const LOST_NODES: readonly Mutant[] = [
  {
    name: 'a VM whose node is not heard of is told what to do',
    want: /(Define|Restart) is ordered for a VM whose node is not heard of/,
    limits: RESCUED,
    mutate: ({ decideInstance }) => ({
      decideInstance: (observation, now) => decideInstance(heardOf(observation), now),
    }),
  },
  {
    name: 'a node that is not heard of is taken for switched off',
    want: /(Define|Restart) is ordered for a VM whose node is not heard of/,
    limits: RESCUED,
    mutate: ({ decideInstance }) => ({
      decideInstance: (observation, now) => decideInstance(fenced(observation), now),
    }),
  },
  {
    name: 'a VM whose node is not heard of is shown as it was',
    want: /an Instance whose node is not heard of is shown as \w+|an Instance whose node is lost says/,
    limits: RESCUED,
    mutate: ({ nextInstanceStatus }) => ({
      nextInstanceStatus: (observation, decision, input) =>
        nextInstanceStatus(heardOf(observation), decision, input),
    }),
  },
  {
    name: 'an Instance that was Unknown once stays so',
    want: /the state says Unknown instead of|the lock \w+ is held for ever/,
    limits: RESCUED,
    mutate: ({ nextInstanceStatus }) => ({
      nextInstanceStatus(observation, decision, input) {
        const { status } = observation.instance;
        return status?.state === 'Unknown' ? status : nextInstanceStatus(observation, decision, input);
      },
    }),
  },
];
