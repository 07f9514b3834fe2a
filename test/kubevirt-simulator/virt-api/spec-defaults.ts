import type { Disk, InstanceSpec, VirtualMachineInstance, Volume } from '../objects/kinds.ts';
import { formatQuantity, parseQuantity } from './quantity.ts';

/** How far CPU sockets and memory may be hotplugged: four times what an instance starts with. */
const hotplugRatio = 4;
const leastHotpluggableMemory = 1n << 30n;

/** What both the validation of a machine and the creation of an instance fill in before they look at a spec. */
export function withSpecDefaults(spec: InstanceSpec): InstanceSpec {
  const { domain } = spec;
  const volumes = (spec.volumes ?? []).map(withPullPolicy);
  const disks = domain.devices.disks ?? [];
  return {
    architecture: 'amd64',
    evictionStrategy: 'None',
    ...spec,
    ...withNetwork(spec),
    domain: {
      resources: {},
      ...domain,
      machine: { type: 'q35', ...domain.machine },
      memory: withGuest(domain),
      cpu: withTopology(domain),
      devices: {
        ...domain.devices,
        disks: [...disks, ...missingDisks(disks, volumes)],
        ...withInterface(spec),
      },
    },
    ...(volumes.length > 0 && { volumes }),
  };
}

type Domain = InstanceSpec['domain'];

function withGuest({ memory, resources = {} }: Domain): NonNullable<Domain['memory']> {
  const guest = memory?.guest ?? resources.requests?.['memory'] ?? resources.limits?.['memory'];
  return { ...memory, ...(guest !== undefined && { guest }) };
}

/** A topology that is not given at all is made of sockets only: as many as CPUs are asked for. */
function withTopology({ cpu = {}, resources = {} }: Domain): NonNullable<Domain['cpu']> {
  const { cores = 0, sockets = 0, threads = 0 } = cpu;
  const isUnset = cores + sockets + threads === 0;
  return {
    ...cpu,
    cores: Math.max(cores, 1),
    threads: Math.max(threads, 1),
    sockets: isUnset ? wantedCpus(resources) : Math.max(sockets, 1),
  };
}

function wantedCpus({ limits = {}, requests = {} }: NonNullable<Domain['resources']>): number {
  const wanted = Number(limits['cpu'] ?? requests['cpu'] ?? 1);
  return Number.isInteger(wanted) ? wanted : 1;
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
  const { domain } = spec;
  const { acpi, ...features } = domain.features ?? {};
  const { cores, sockets, threads } = withTopology(domain);
  const guest = domain.memory?.guest;
  return {
    ...instance,
    spec: {
      ...spec,
      domain: {
        ...domain,
        cpu: { maxSockets: (sockets ?? 1) * hotplugRatio, model: 'host-model', ...domain.cpu },
        features: { ...features, acpi: { enabled: true, ...acpi } },
        memory: { ...maxMemory(guest), ...domain.memory },
        devices: { ...domain.devices, disks: (domain.devices.disks ?? []).map(withDiskDefaults) },
      },
    },
    status: {
      ...instance.status,
      guestOSInfo: {},
      runtimeUser: 107,
      currentCPUTopology: { cores, sockets, threads },
      ...(guest !== undefined && {
        memory: { guestAtBoot: guest, guestCurrent: guest, guestRequested: guest },
      }),
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
