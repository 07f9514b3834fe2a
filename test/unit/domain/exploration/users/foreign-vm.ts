import { aRenderedVm } from '../../../../builders/vm.ts';
import { chance, type Step } from '../world/step.ts';
import type { Vm, World } from '../world/world.ts';

const FOREIGN: Vm = {
  uid: 'vm-foreign',
  owner: 'Foreign',
  boot: aRenderedVm().boot,
  power: 'On',
  troubled: false,
};

/** Somebody makes a VM of the Instance's name where there is none. */
export function foreignVmSteps(world: World): Step[] {
  return world.vm === undefined
    ? [chance('somebody makes a VM of that name', { ...world, vm: FOREIGN })]
    : [];
}
