import type { Disk, InstanceSpec, VirtualMachineInstance, Volume } from '../objects/kinds.ts';
import { formatQuantity, parseQuantity } from './quantity.ts';

/** How far CPU sockets and memory may be hotplugged: four times what an instance starts with. */
const hotplugRatio = 4;
const leastHotpluggableMemory = 1n << 30n;

/** What both the validation of a machine and the creation of an instance fill in before they look at a spec. */
export function withSpecDefaults(spec: InstanceSpec): InstanceSpec {
  const { domain } = spec;
  const memory = { ...domain.memory };
  const guest = memory.guest ?? domain.resources?.requests?.['memory'] ?? domain.resources?.limits?.['memory'];
  const volumes = (spec.volumes ?? []).map(withPullPolicy);
  return {
    ...spec,
    architecture: spec.architecture ?? 'amd64',
    evictionStrategy: spec.evictionStrategy ?? 'None',
    ...withNetwork(spec),
    domain: {
      ...domain,
      resources: domain.resources ?? {},
      machine: { ...domain.machine, type: domain.machine?.type ?? 'q35' },
      memory: { ...memory, ...(guest !== undefined && { guest }) },
      cpu: cpu(spec),
      devices: {
        ...domain.devices,
        disks: [...(domain.devices.disks ?? []), ...missingDisks(domain.devices.disks ?? [], volumes)],
        ...withInterface(spec),
      },
    },
    ...(volumes.length > 0 && { volumes }),
  };
}

function cpu({ domain }: InstanceSpec): NonNullable<InstanceSpec['domain']['cpu']> {
  const { cores = 0, sockets = 0, threads = 0 } = domain.cpu ?? {};
  const fromResources = Number(domain.resources?.limits?.['cpu'] ?? domain.resources?.requests?.['cpu'] ?? 1);
  const unset = cores === 0 && sockets === 0 && threads === 0;
  return {
    ...domain.cpu,
    cores: Math.max(cores, 1),
    threads: Math.max(threads, 1),
    sockets: unset && Number.isInteger(fromResources) ? fromResources : Math.max(sockets, 1),
  };
}

function withPullPolicy(volume: Volume): Volume {
  const { containerDisk } = volume;
  if (containerDisk === undefined || containerDisk.imagePullPolicy !== undefined) {
    return volume;
  }
  const moving = containerDisk.image.endsWith(':latest') || !/[:@]/.test(containerDisk.image);
  return {
    ...volume,
    containerDisk: { ...containerDisk, imagePullPolicy: moving ? 'Always' : 'IfNotPresent' },
  };
}

/** A volume that no disk names becomes a disk. */
function missingDisks(disks: readonly Disk[], volumes: readonly Volume[]): Disk[] {
  return volumes
    .filter((volume) => disks.every(({ name }) => name !== volume.name))
    .map(({ name }) => ({ name, disk: { bus: 'virtio' } }));
}

function wantsDefaultNetwork({ domain, networks }: InstanceSpec): boolean {
  const attach = domain.devices['autoattachPodInterface'] !== false;
  return attach && (networks ?? []).length === 0 && (domain.devices.interfaces ?? []).length === 0;
}

function withNetwork(spec: InstanceSpec): Pick<InstanceSpec, 'networks'> {
  return wantsDefaultNetwork(spec) ? { networks: [{ name: 'default', pod: {} }] } : {};
}

function withInterface(spec: InstanceSpec): Pick<InstanceSpec['domain']['devices'], 'interfaces'> {
  return wantsDefaultNetwork(spec) ? { interfaces: [{ name: 'default', masquerade: {} }] } : {};
}

/** What an instance gets when it is created, beyond that: its spec is complete and never changes again. */
export function withInstanceDefaults(instance: VirtualMachineInstance): VirtualMachineInstance {
  const spec = withSpecDefaults(instance.spec);
  const { cores = 1, sockets = 1, threads = 1, maxSockets, model } = spec.domain.cpu ?? {};
  const { guest } = spec.domain.memory ?? {};
  const { acpi, ...features } = spec.domain.features ?? {};
  return {
    ...instance,
    spec: {
      ...spec,
      domain: {
        ...spec.domain,
        cpu: { ...spec.domain.cpu, maxSockets: maxSockets ?? sockets * hotplugRatio, model: model ?? 'host-model' },
        features: { ...features, acpi: { enabled: true, ...acpi } },
        memory: { ...maxMemory(guest), ...spec.domain.memory },
        devices: { ...spec.domain.devices, disks: (spec.domain.devices.disks ?? []).map(withDiskDefaults) },
      },
    },
    status: {
      ...instance.status,
      guestOSInfo: {},
      runtimeUser: 107,
      currentCPUTopology: { cores, sockets, threads },
      ...(guest !== undefined && { memory: { guestAtBoot: guest, guestCurrent: guest, guestRequested: guest } }),
    },
  };
}

function maxMemory(guest: string | undefined): { maxGuest?: string } {
  const bytes = guest === undefined ? undefined : parseQuantity(guest);
  return bytes === undefined || bytes < leastHotpluggableMemory
    ? {}
    : { maxGuest: formatQuantity(bytes * BigInt(hotplugRatio)) };
}

function withDiskDefaults(disk: Disk): Disk {
  if (disk.cdrom !== undefined) {
    return { ...disk, cdrom: { bus: 'sata', readonly: true, tray: 'closed', ...disk.cdrom } };
  }
  if (disk.lun !== undefined) {
    return { ...disk, lun: { bus: 'sata', ...disk.lun } };
  }
  return { ...disk, disk: { bus: 'sata', ...disk.disk } };
}
