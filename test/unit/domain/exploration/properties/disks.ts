import { inForce } from '../world/in-force.ts';
import { seen } from '../world/stale.ts';
import type { World } from '../world/world.ts';
import type { Property } from './property.ts';
import { isWantedOn } from './undisturbed.ts';

/** The end of rule 8: two Instances never run on one disk. */
export const DISKS: readonly Property[] = [
  function neverTwoOnOneDisk(_, { next }) {
    return next.guest !== undefined && next.rival?.guest !== undefined
      ? 'two VMs run on one disk'
      : undefined;
  },

  function stopsNobodyForAnother(before, { order, next }) {
    const { instance } = seen(before);
    const { guest, rival } = before;
    if (rival === undefined || order === undefined || instance === undefined) return undefined;
    const ends = guest?.phase === 'Running' && next.guest?.phase === 'Stopping';
    return ends && isWantedOn(inForce(instance)) && order.kind === 'Define'
      ? 'a VM is stopped for another one'
      : undefined;
  },
];

/** Whether the other Instance runs on the disk, so that this one can't. */
export function isTaken({ instance, guest, rival }: World): boolean {
  return (
    rival?.guest?.phase === 'Running' &&
    guest === undefined &&
    instance !== undefined &&
    isWantedOn(inForce(instance))
  );
}

/** What an Instance that waits for a disk fails to say; `undefined`: nothing. */
export function notHeldBack({ instance }: World): string | undefined {
  const stalled = instance?.status?.conditions?.find(({ type }) => type === 'Stalled');
  return stalled?.reason === 'DiskInUse'
    ? undefined
    : `an Instance whose disk is in use says ${stalled?.reason}`;
}
