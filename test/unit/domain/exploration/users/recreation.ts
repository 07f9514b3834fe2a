import { INSTANCE_UID } from '../../../../builders/vm.ts';
import { CREATED } from '../world/specs.ts';
import { chance, type Step } from '../world/step.ts';
import type { World } from '../world/world.ts';

/** Enough that there is always one that nobody remembers: of the Instance, the VM's owner and its identity. */
const UIDS: readonly string[] = [
  INSTANCE_UID,
  '2b7d2f3e-9c44-4f0e-8a53-0c6f3a1e2d10',
  '3b7d2f3e-9c44-4f0e-8a53-0c6f3a1e2d10',
];

/** Users create an Instance of the name of one that is gone. */
export function recreationSteps(world: World): Step[] {
  if (world.instance !== undefined) return [];
  const { vm, stale } = world;
  const remembered = [vm?.owner, vm?.identity, stale.vm?.[0]?.owner, stale.vm?.[0]?.identity];
  const uid = UIDS.find((known) => !remembered.includes(known)) ?? INSTANCE_UID;
  return [chance('user creates the Instance again', { ...world, instance: { ...CREATED, uid } })];
}
