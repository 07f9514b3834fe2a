import { bytesOf } from '../../api/bytes.ts';
import type { Failure } from '../../domain/outcome.ts';
import type { PortableHardware, VmDisk } from '../../domain/vm.ts';
import { driverErrors } from '../driver-errors.ts';
import type { VmOrder } from '../driver.ts';
import { pciAddress, SLOTS } from './addresses.ts';
import { diskElements, extraControllers } from './disks.ts';
import { metadataElement, type MigrationRecord, type VmRecord } from './metadata.ts';
import { domainName, pathOf } from './names.ts';
import type { LibvirtSettings } from './settings.ts';
import { buildXml, type Element } from './xml.ts';

/** What a domain keeps beside its order. */
export interface Kept {
  readonly uid: string;
  readonly bootId: string;
  readonly migration?: MigrationRecord | undefined;
}

type Rendering = { readonly kind: 'Rendered'; readonly xml: string; readonly record: VmRecord } | Failure;

/**
 * Renders the domain of a VM, whole: nothing of it is read back from a host. Pure: equal orders give equal domains.
 * Rejected: libvirt has no words for it, or the configuration does not open a pool.
 */
export function renderDomain(order: VmOrder, kept: Kept, settings: LibvirtSettings): Rendering {
  const { hardware } = order.vm;
  if (hardware.kind === 'Native') {
    return driverErrors.rejected(`VM ${pathOf(order.key)}: the driver libvirt has no template of its own.`);
  }
  const obstacle = obstacleOf(order, hardware, settings);
  if (obstacle !== undefined) return obstacle;
  const record = recordOf(order, hardware, kept);
  const xml = buildXml({
    domain: domainElement(order, hardware, { record, migration: kept.migration, settings }),
  });
  return { kind: 'Rendered', xml, record };
}

function obstacleOf(
  { key }: VmOrder,
  { disks }: PortableHardware,
  { pools }: LibvirtSettings,
): Failure | undefined {
  for (const { name, source } of disks) {
    if (source.volume === undefined) {
      const sources = Object.keys(source).join(', ');
      return driverErrors.rejected(`Disk "${name}": the driver libvirt has no disk source ${sources}.`);
    }
    const { pool } = source.volume;
    const open = Object.hasOwn(pools, pool) ? pools[pool]?.namespaces : undefined;
    if (open?.includes(key.namespace) !== true) {
      return driverErrors.rejected(
        `Disk "${name}": storage pool "${pool}" is not open to namespace "${key.namespace}". ` +
          'Use a pool that is, or ask an administrator to open it in the configuration of the operator.',
      );
    }
  }
  return undefined;
}

function recordOf(
  { instanceUid, deletionPolicy, power, vm }: VmOrder,
  { networks, disks }: PortableHardware,
  { uid, bootId }: Kept,
): VmRecord {
  const { mode, session, specHash } = vm.boot;
  return {
    uid,
    bootId,
    power,
    instance: { uid: instanceUid, deletionPolicy },
    boot: { mode, session, specHash },
    networks: networks.map(({ name, macAddress: mac }) => ({ name, mac })),
    disks: disks.map(({ name, serial }: VmDisk) => ({ name, serial })),
  };
}

interface Context {
  readonly record: VmRecord;
  readonly migration: MigrationRecord | undefined;
  readonly settings: LibvirtSettings;
}

function domainElement(
  { key, vm: { identity } }: VmOrder,
  hardware: PortableHardware,
  { record, migration, settings }: Context,
): Element {
  return {
    '@type': settings.domainType,
    name: domainName(key),
    uuid: identity.firmwareUUID,
    metadata: metadataElement(record, migration),
    memory: { '@unit': 'KiB', '#text': Math.ceil(bytesOf(hardware.memory) / 1024) },
    vcpu: hardware.cores,
    os: osElement(hardware, settings),
    sysinfo: {
      '@type': 'smbios',
      system: {
        entry: [
          { '@name': 'serial', '#text': identity.serial },
          { '@name': 'uuid', '#text': identity.firmwareUUID },
        ],
      },
    },
    features: { acpi: '', apic: '' },
    cpu: settings.cpuModel === undefined ? undefined : cpuElement(settings.cpuModel),
    clock: { '@offset': 'utc' },
    // What is started again is started by us: in a boot of its own, with what is stored by then.
    on_poweroff: 'destroy',
    on_reboot: 'restart',
    // It stays as it crashed until it was seen, also by an operator that was away meanwhile.
    on_crash: 'preserve',
    devices: devicesElement(domainName(key), hardware, settings),
  };
}

function osElement({ firmware, machineType }: PortableHardware, { machineTypes }: LibvirtSettings): Element {
  const machine = machineType === 'q35' ? machineTypes.q35 : machineType;
  const type = { '@arch': 'x86_64', '@machine': machine, '#text': 'hvm' };
  if (firmware === 'BIOS') return { type, smbios: { '@mode': 'sysinfo' } };
  // Secure boot would refuse a rescue system that nobody has signed for this machine.
  const feature = { '@enabled': 'no', '@name': 'secure-boot' };
  return { '@firmware': 'efi', type, firmware: { feature }, smbios: { '@mode': 'sysinfo' } };
}

function cpuElement(model: string): Element {
  return { '@mode': 'custom', '@match': 'exact', model: { '@fallback': 'forbid', '#text': model } };
}

function devicesElement(
  name: string,
  { disks, networks }: PortableHardware,
  { podNetwork }: LibvirtSettings,
): Element {
  return {
    disk: diskElements(disks),
    controller: [
      { '@type': 'usb', '@index': 0, '@model': 'qemu-xhci', '@ports': 15, address: pciAddress(SLOTS.usb) },
      { '@type': 'sata', '@index': 0, address: pciAddress(SLOTS.sata, 2) },
      ...extraControllers(disks),
    ],
    interface: networks.map(({ macAddress }, index) => ({
      '@type': 'network' in podNetwork ? 'network' : 'bridge',
      mac: { '@address': macAddress },
      source: 'network' in podNetwork ? { '@network': podNetwork.network } : { '@bridge': podNetwork.bridge },
      model: { '@type': 'virtio' },
      address: pciAddress(SLOTS.networks + index),
    })),
    // libvirt's own log keeps what a guest says when nobody listens, as its last words do.
    serial: {
      '@type': 'pty',
      log: { '@file': `/var/log/libvirt/qemu/${name}-serial0.log`, '@append': 'on' },
      target: { '@port': 0 },
    },
    console: { '@type': 'pty', target: { '@type': 'serial', '@port': 0 } },
    video: { model: { '@type': 'vga', '@primary': 'yes' }, address: pciAddress(SLOTS.video) },
    memballoon: { '@model': 'virtio', address: pciAddress(SLOTS.balloon) },
    rng: {
      '@model': 'virtio',
      backend: { '@model': 'random', '#text': '/dev/urandom' },
      address: pciAddress(SLOTS.rng),
    },
    // Tells of a kernel that has panicked.
    panic: { '@model': 'isa', address: { '@type': 'isa', '@iobase': '0x505' } },
  };
}
