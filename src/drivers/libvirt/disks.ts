import type { DiskBus } from '../../api/hardware.ts';
import type { VmDisk } from '../../domain/vm.ts';
import {
  pciAddress,
  SATA_PORTS,
  sataDiskAddress,
  scsiDiskAddress,
  SLOTS,
  usbDiskAddress,
  virtioDiskAddress,
} from './addresses.ts';
import type { Element } from './xml.ts';

const ADDRESSES: Readonly<Record<DiskBus, (index: number) => Element>> = {
  virtio: virtioDiskAddress,
  scsi: scsiDiskAddress,
  sata: sataDiskAddress,
  usb: usbDiskAddress,
};

/** Where further SATA controllers sit. */
const SATA_SLOTS = 0x18;

/**
 * The disks as libvirt says them. A volume is named with its pool, not by a path: each host resolves it where that pool
 * is mounted there, also the destination of a live migration. No host's page cache stands between the guest and a disk
 * (`cache='none'`), so that a destination reads what the source has written.
 */
export function diskElements(disks: readonly VmDisk[]): Element[] {
  return disks.map((disk) => {
    const { name, serial, device, bus, source, bootOrder } = disk;
    const { pool, name: volume } = source.volume ?? { pool: '', name: '' };
    const [index, place] = [indexOnBus(disks, disk), indexWithPrefix(disks, disk)];
    return {
      '@type': 'volume',
      '@device': device === 'CDROM' ? 'cdrom' : 'disk',
      driver: { '@name': 'qemu', '@type': formatOf(volume), '@cache': 'none' },
      source: { '@pool': pool, '@volume': volume },
      target: { '@dev': `${prefixOf(bus)}${letters(place)}`, '@bus': bus },
      readonly: device === 'CDROM' ? '' : undefined,
      serial,
      boot: bootOrder && { '@order': bootOrder },
      alias: { '@name': `ua-${name}` },
      address: ADDRESSES[bus](index),
    };
  });
}

/** Controllers that are there only where a disk needs them. */
export function extraControllers(disks: readonly VmDisk[]): Element[] {
  const count = (bus: DiskBus) => disks.filter((disk) => disk.bus === bus).length;
  const scsi = { '@type': 'scsi', '@index': 0, '@model': 'virtio-scsi', address: pciAddress(SLOTS.scsi) };
  const furtherSata = Math.max(0, Math.ceil(count('sata') / SATA_PORTS) - 1);
  return [
    ...(count('scsi') > 0 ? [scsi] : []),
    ...Array.from({ length: furtherSata }, (_, at) => ({
      '@type': 'sata',
      '@index': at + 1,
      address: pciAddress(SATA_SLOTS + at),
    })),
  ];
}

/**
 * By the volume's name: the format is never found out by looking into the volume, whose beginning the guest writes. One
 * that says it is qcow2 could name any file of the host as its backing file.
 */
function formatOf(volume: string): 'qcow2' | 'raw' {
  return volume.endsWith('.qcow2') ? 'qcow2' : 'raw';
}

function prefixOf(bus: DiskBus): 'vd' | 'sd' {
  return bus === 'virtio' ? 'vd' : 'sd';
}

/** A rescue disk comes last, so it is the last one on its bus as well, and moves no other. */
function indexOnBus(disks: readonly VmDisk[], disk: VmDisk): number {
  return disks.filter(({ bus }) => bus === disk.bus).indexOf(disk);
}

function indexWithPrefix(disks: readonly VmDisk[], disk: VmDisk): number {
  return disks.filter(({ bus }) => prefixOf(bus) === prefixOf(disk.bus)).indexOf(disk);
}

/** a … z, aa, ab, … */
function letters(index: number): string {
  const last = String.fromCharCode('a'.charCodeAt(0) + (index % 26));
  return index < 26 ? last : letters(Math.floor(index / 26) - 1) + last;
}
