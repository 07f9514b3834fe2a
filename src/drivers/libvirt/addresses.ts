import type { Element } from './xml.ts';

/**
 * Where devices sit on the PCI root bus of a q35 machine. What a guest finds where is decided by what the device is and
 * which one of its kind, never by what else is there: a rescue disk comes last and so moves nothing. libvirt's own
 * choice would depend on its version. Devices are integrated endpoints, without a port of their own: they are never
 * plugged while the guest runs.
 */
export const SLOTS = {
  video: 0x01,
  usb: 0x02,
  scsi: 0x03,
  balloon: 0x04,
  rng: 0x05,
  /** Eight networks, one a slot. */
  networks: 0x06,
  /** Thirty-two own disks and what a rescue adds: eight functions a slot. */
  disks: 0x10,
  /** The chip set's own SATA controller. */
  sata: 0x1f,
} as const;

const FUNCTIONS = 8;

/** Address of the device at that slot. */
export function pciAddress(slot: number, fn = 0): Element {
  return {
    '@type': 'pci',
    '@domain': '0x0000',
    '@bus': '0x00',
    '@slot': hex(slot),
    '@function': `0x${fn.toString(16)}`,
  };
}

/** Address of the n-th virtio disk. Its first function says that there may be more, whether there are or not. */
export function virtioDiskAddress(index: number): Element {
  const fn = index % FUNCTIONS;
  const address = pciAddress(SLOTS.disks + Math.floor(index / FUNCTIONS), fn);
  return fn === 0 ? { ...address, '@multifunction': 'on' } : address;
}

/** Address of the n-th disk on the SCSI controller. */
export function scsiDiskAddress(index: number): Element {
  return { '@type': 'drive', '@controller': 0, '@bus': 0, '@target': 0, '@unit': index };
}

/** Disks on one SATA controller. */
export const SATA_PORTS = 6;

/** Address of the n-th SATA disk: the chip set's controller has the first six ports, further ones the others. */
export function sataDiskAddress(index: number): Element {
  const controller = Math.floor(index / SATA_PORTS);
  return {
    '@type': 'drive',
    '@controller': controller,
    '@bus': 0,
    '@target': 0,
    '@unit': index % SATA_PORTS,
  };
}

/** Address of the n-th USB disk. */
export function usbDiskAddress(index: number): Element {
  return { '@type': 'usb', '@bus': 0, '@port': index + 1 };
}

function hex(number: number): string {
  return `0x${number.toString(16).padStart(2, '0')}`;
}
