import { aRenderedVm } from '../../../../builders/vm.ts';
import { chance, type Step } from '../world/step.ts';
import type { Vm, World } from '../world/world.ts';

/** What its firmware says. */
const ITS_UID = '7c0e2c7e-6f1f-4a39-8f0a-5e1f0d0b9f55';

const FOREIGN: Vm = {
  uid: 'vm-foreign',
  owner: undefined,
  policy: 'Delete',
  identity: ITS_UID,
  // Whoever made it has not told how it is booted.
  boot: { ...aRenderedVm().boot, specHash: '' },
  power: 'On',
  troubled: false,
};

/** Somebody makes a VM of the Instance's name where there is none. */
export function foreignVmSteps(world: World): Step[] {
  return world.vm === undefined
    ? [chance('somebody makes a VM of that name', { ...world, vm: FOREIGN })]
    : [];
}
