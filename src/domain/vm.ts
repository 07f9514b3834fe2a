import type { Disk, DiskBus, DiskDevice, DiskSource } from '../api/hardware.ts';
import type { InstanceSpec, ResolvedIdentity } from '../api/instance.ts';
import { RESCUE_CREDENTIALS_DISK, RESCUE_DISK } from '../api/names.ts';
import type { Rescue } from '../api/rescue.ts';
import { fingerprint } from './fingerprint.ts';
import { diskSerial } from './identity.ts';

type BootMode = 'Normal' | 'Rescue';

/** How a VM is, or is to be, booted. It travels with the VM: what runs says it, and nothing else does. */
export interface Boot {
  readonly mode: BootMode;
  /** Fingerprint of the rescue system; empty in a normal boot. */
  readonly session: string;
  /** Fingerprint of everything that the VM is made of in this boot. */
  readonly specHash: string;
}

export interface VmDisk {
  readonly name: string;
  readonly serial: string;
  readonly device: DiskDevice;
  readonly bus: DiskBus;
  readonly source: DiskSource;
  /** 1 on the one disk that is booted from; absent on the others. */
  readonly bootOrder?: 1;
}

/** Hardware in words that every driver understands. */
export interface PortableHardware {
  readonly kind: 'Portable';
  readonly cores: number;
  readonly memory: string;
  readonly machineType: string;
  readonly firmware: 'BIOS' | 'UEFI';
  /** In the guest's order. */
  readonly disks: readonly VmDisk[];
  readonly networks: readonly { readonly name: string; readonly macAddress: string }[];
  readonly nodeSelector: Readonly<Record<string, string>>;
}

/** A backend's own template, which only that backend's driver can read. */
export interface NativeHardware {
  readonly kind: 'Native';
  readonly template: Readonly<Record<string, unknown>>;
  /** What a rescue boot adds to it. */
  readonly rescue?: { readonly disk: VmDisk; readonly credentialsSecret?: string };
  readonly nodeSelector: Readonly<Record<string, string>>;
}

/** A VM as it is to be booted, made from the stored spec alone. */
export interface RenderedVm {
  readonly boot: Boot;
  readonly identity: ResolvedIdentity;
  readonly hardware: PortableHardware | NativeHardware;
}

/** Fingerprint of what makes one rescue boot differ from another; the lease is not part of it. */
export function rescueSession({ source, device, bus, credentials }: Rescue): string {
  return fingerprint({ source, device, bus, credentials });
}

/** Renders the VM from the stored spec. Pure: the same spec and identity give the same VM, on any node, at any time. */
export function renderVm(
  spec: InstanceSpec,
  identity: ResolvedIdentity,
  rescue: Rescue | undefined,
): RenderedVm {
  const hardware = renderHardware(spec, identity, rescue);
  const mode = rescue === undefined ? 'Normal' : 'Rescue';
  return {
    boot: {
      mode,
      session: rescue === undefined ? '' : rescueSession(rescue),
      specHash: fingerprint({ mode, identity, hardware }),
    },
    identity,
    hardware,
  };
}

function renderHardware(
  spec: InstanceSpec,
  identity: ResolvedIdentity,
  rescue: Rescue | undefined,
): RenderedVm['hardware'] {
  const nodeSelector = spec.placement?.nodeSelector ?? {};
  if (spec.kubevirt === undefined) return { ...portableHardware(spec, identity, rescue), nodeSelector };
  const { template } = spec.kubevirt;
  return rescue === undefined
    ? { kind: 'Native', template, nodeSelector }
    : { kind: 'Native', template, nodeSelector, rescue: nativeRescue(identity, rescue) };
}

function portableHardware(
  { cpu = { cores: 1 }, memory = '', machine = { type: 'q35', firmware: 'BIOS' }, ...spec }: InstanceSpec,
  identity: ResolvedIdentity,
  rescue: Rescue | undefined,
): Omit<PortableHardware, 'nodeSelector'> {
  const own = ownDisks(spec.disks ?? [], identity);
  return {
    kind: 'Portable',
    cores: cpu.cores,
    memory,
    machineType: machine.type,
    firmware: machine.firmware,
    disks: rescue === undefined ? bootFromRoot(own) : bootFromRescue(own, identity, rescue),
    // In the order of the spec: an object would bring names that look like numbers to the front.
    networks: (spec.networks ?? []).map(({ name }) => ({
      name,
      macAddress: identity.macAddresses[name] ?? '',
    })),
  };
}

function ownDisks(disks: readonly Disk[], identity: ResolvedIdentity): VmDisk[] {
  return disks.map(({ name, device, bus, source }) => ({
    name,
    serial: diskSerial(identity, name),
    device,
    bus: bus ?? defaultBus(device),
    source,
  }));
}

function defaultBus(device: DiskDevice): DiskBus {
  return device === 'CDROM' ? 'sata' : 'virtio';
}

/** The first disk that can be booted from; a cloud-init seed can't. */
export function rootDisk<D extends Pick<Disk, 'source'>>(disks: readonly D[]): D | undefined {
  return disks.find(({ source }) => source.cloudInit === undefined);
}

function bootFromRoot(disks: readonly VmDisk[]): VmDisk[] {
  const root = rootDisk(disks);
  return disks.map((disk) => (disk === root ? { ...disk, bootOrder: 1 } : disk));
}

/**
 * The rescue disk comes last and is booted first, so that the own disks keep their places and names in the guest
 * ("stable device rescue"). The rescue system must not run the Instance's own user data.
 */
function bootFromRescue(own: readonly VmDisk[], identity: ResolvedIdentity, rescue: Rescue): VmDisk[] {
  return [...replaceSeed(own, identity, rescue.credentials?.secretName), rescueDisk(identity, rescue)];
}

function replaceSeed(
  own: readonly VmDisk[],
  identity: ResolvedIdentity,
  secretName: string | undefined,
): VmDisk[] {
  const seed = own.find(({ source }) => source.cloudInit !== undefined);
  const others = (disk: VmDisk) => disk.source.cloudInit === undefined;
  if (secretName === undefined) return own.filter(others);
  const credentials: VmDisk = {
    ...(seed ?? credentialsDisk(identity)),
    source: { cloudInit: { secretName } },
  };
  if (seed === undefined) return [...own, credentials];
  return own
    .filter((disk) => disk === seed || others(disk))
    .map((disk) => (disk === seed ? credentials : disk));
}

function credentialsDisk(identity: ResolvedIdentity): Omit<VmDisk, 'source'> {
  const name = RESCUE_CREDENTIALS_DISK;
  return { name, serial: diskSerial(identity, name), device: 'CDROM', bus: 'sata' };
}

function rescueDisk(identity: ResolvedIdentity, { source, device, bus }: Rescue): VmDisk {
  return {
    name: RESCUE_DISK,
    serial: diskSerial(identity, RESCUE_DISK),
    device,
    bus: bus ?? defaultBus(device),
    source,
    bootOrder: 1,
  };
}

function nativeRescue(identity: ResolvedIdentity, rescue: Rescue): NonNullable<NativeHardware['rescue']> {
  const disk = rescueDisk(identity, rescue);
  return rescue.credentials === undefined
    ? { disk }
    : { disk, credentialsSecret: rescue.credentials.secretName };
}
