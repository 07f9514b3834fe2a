import type { Disk, InstanceSpec, Volume } from '../objects/kinds.ts';
import { formatQuantity, parseQuantity } from './quantity.ts';

/**
 * What virt-api's mutating webhook does to every spec without meaning to: it reads it into Go's types and writes it out
 * again. Quantities come out in canonical form (1024Mi is 1Gi), and what `omitempty` calls empty is gone.
 */
export function likeGo(spec: InstanceSpec): InstanceSpec {
  const { nodeSelector, tolerations, volumes, networks, domain, ...rest } = spec;
  const { disks, interfaces, ...devices } = domain.devices;
  return {
    ...rest,
    ...unlessEmpty('nodeSelector', nodeSelector),
    ...unlessEmpty('tolerations', tolerations),
    ...unlessEmpty('networks', networks),
    ...unlessEmpty('volumes', volumes?.map(volumeLikeGo)),
    domain: {
      ...domain,
      ...(domain.memory !== undefined && { memory: quantitiesLikeGo(domain.memory) }),
      resources: resourcesLikeGo(domain.resources ?? {}),
      devices: {
        ...devices,
        ...unlessEmpty('disks', disks?.map(diskLikeGo)),
        ...unlessEmpty('interfaces', interfaces),
      },
    },
  };
}

function unlessEmpty<K extends string, V extends object>(
  key: K,
  value: V | undefined,
): Partial<Record<K, V>> {
  return value === undefined || Object.keys(value).length === 0
    ? {}
    : ({ [key]: value } as Partial<Record<K, V>>);
}

export function canonicalQuantity(quantity: string | number): string {
  const text = String(quantity);
  const bytes = text.endsWith('i') ? parseQuantity(text) : undefined;
  return bytes === undefined ? text : formatQuantity(bytes);
}

function quantitiesLikeGo<T extends object>(quantities: T): T {
  const entries = Object.entries(quantities).map(([key, value]: [string, unknown]) => [
    key,
    typeof value === 'string' || typeof value === 'number' ? canonicalQuantity(value) : value,
  ]);
  return Object.fromEntries(entries) as T;
}

function resourcesLikeGo(resources: NonNullable<InstanceSpec['domain']['resources']>): typeof resources {
  const { requests, limits, ...rest } = resources;
  return {
    ...rest,
    ...unlessEmpty('requests', requests && quantitiesLikeGo(requests)),
    ...unlessEmpty('limits', limits && quantitiesLikeGo(limits)),
  };
}

function diskLikeGo(disk: Disk): Disk {
  if (disk.disk?.readonly !== false) {
    return disk;
  }
  const { readonly: _readonly, ...kept } = disk.disk;
  return { ...disk, disk: kept };
}

function volumeLikeGo(volume: Volume): Volume {
  const claim = volume.persistentVolumeClaim;
  if (claim?.hotpluggable !== false) {
    return volume;
  }
  return { ...volume, persistentVolumeClaim: { claimName: claim.claimName } };
}
