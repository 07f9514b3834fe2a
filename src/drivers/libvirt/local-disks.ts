import type { Trouble } from '../../domain/observed.ts';
import type { Domain } from './parse.ts';
import type { LibvirtSettings } from './settings.ts';

/**
 * Why a VM can't be migrated: storage is not copied from host to host. What it only reads may be on each host for itself.
 * `undefined`: it writes to no volume of a pool that the configuration calls local.
 */
export function localDisks({ volumes }: Domain, { pools }: LibvirtSettings): Trouble | undefined {
  const local = volumes.find(({ pool, readOnly }) => !readOnly && pools[pool]?.local === true);
  return (
    local && {
      reason: 'LocalStorage',
      message: `volume "${local.volume}" is in storage pool "${local.pool}", which each node has for itself, and storage is not copied`,
    }
  );
}
