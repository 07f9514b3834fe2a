/**
 * Disks that boot, made without mounting anything: boot loaders of its own on each, for BIOS and for UEFI, so that the
 * firmware's order of booting decides which system comes up. The same bytes for the same parts; kept under a hash of the parts.
 *
 * Sector 62 says which system is on the disk, and from sector 63 the system reads what it is ordered: both lie between
 * the partition table and the first partition. The root disk's second partition is for files that outlive a boot.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, open, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { cacheFolder, underLock } from '../../support/cache.mjs';
import { run } from '../commands.ts';
import { cpio, type Entry } from './cpio.ts';
import { imagesFolder, useImages } from './image-cache.ts';
import { kernelFolder, provideKernel } from './kernel.ts';

export type GuestSystem = 'root' | 'rescue';

const SYSTEMS: readonly GuestSystem[] = ['root', 'rescue'];
const MIB = 1024 * 1024;
export const SECTOR = 512;
const MARKER_SECTOR = 62;
export const ORDER_SECTOR = 63;
// Clusters of that size make FAT16 of each; the boot loader reads the larger ones twice as fast.
const BOOT_PARTITION = { start: 1 * MIB, bytes: 32 * MIB, sectorsPerCluster: 8 };
const DATA_PARTITION = { start: 33 * MIB, bytes: 7 * MIB, sectorsPerCluster: 1 };
const DISK_BYTES = 40 * MIB;
const BOOT_CODE_BYTES = 440;

const BUSYBOX = '/bin/busybox';
const MASTER_BOOT_RECORD = '/usr/lib/SYSLINUX/mbr.bin';
const SYSLINUX = '/usr/bin/syslinux';
/** A UEFI looks for it on a disk that it has no entry of; syslinux has one as well, which can't start today's kernels. */
const UEFI_LOADER = '/usr/lib/systemd/boot/efi/systemd-bootx64.efi';
const OWN_SOURCES = ['images.ts', 'cpio.ts', 'init.sh'].map((name) => join(import.meta.dirname, name));

/** Path of the image with a system; makes it where it is not there yet, and tells `say` of that. */
export async function guestImage(
  system: GuestSystem,
  say: (what: string) => void = () => undefined,
): Promise<string> {
  const cache = cacheFolder('libvirt-hosts');
  const wait = () => say('another process is making the guest images: waiting for it');
  const folder = await underLock(cache, wait, async () => {
    await provideKernel(say);
    const ofParts = imagesFolder(cache, await hashOfParts());
    if (!existsSync(ofParts)) await makeAll(ofParts, say);
    await useImages(ofParts);
    return ofParts;
  });
  return join(folder, `${system}.img`);
}

async function modules(): Promise<string[]> {
  const folder = join(kernelFolder(), 'modules');
  return (await readdir(folder)).sort().map((name) => join(folder, name));
}

async function hashOfParts(): Promise<string> {
  const hash = createHash('sha256');
  const loaders = [MASTER_BOOT_RECORD, SYSLINUX, UEFI_LOADER];
  const parts = [join(kernelFolder(), 'vmlinuz'), BUSYBOX, ...loaders];
  for (const path of [...OWN_SOURCES, ...parts, ...(await modules())]) hash.update(await readFile(path));
  return hash.digest('hex').slice(0, 16);
}

async function makeAll(folder: string, say: (what: string) => void): Promise<void> {
  say('making the guest images');
  const draft = `${folder}.${process.pid}`;
  const work = await mkdtemp(join(tmpdir(), 'medevac-images-'));
  try {
    await mkdir(draft, { recursive: true });
    await writeFile(join(work, 'initramfs'), await initramfs());
    for (const system of SYSTEMS) await makeDisk(join(draft, `${system}.img`), system, work);
    await rename(draft, folder);
  } finally {
    await rm(work, { recursive: true, force: true });
    await rm(draft, { recursive: true, force: true });
  }
}

async function initramfs(): Promise<Buffer> {
  const folders = ['bin', 'dev', 'etc', 'etc/acpi', 'etc/acpi/PWRF', 'mnt', 'modules', 'proc', 'sys'];
  const powerButton = '#!/bin/sh\necho poweroff >/power-button\n';
  const entries: Entry[] = [
    ...folders.map((path) => ({ path, mode: 0o755 })),
    { path: 'init', mode: 0o755, content: await readFile(join(import.meta.dirname, 'init.sh')) },
    { path: 'bin/busybox', mode: 0o755, content: await readFile(BUSYBOX) },
    { path: 'etc/acpi/PWRF/00000080', mode: 0o755, content: Buffer.from(powerButton) },
  ];
  for (const path of await modules()) {
    entries.push({
      path: `modules/${path.slice(path.lastIndexOf('/') + 1)}`,
      mode: 0o644,
      content: await readFile(path),
    });
  }
  return gzipSync(cpio(entries), { level: 9 });
}

async function makeDisk(image: string, system: GuestSystem, work: string): Promise<void> {
  await writeFile(image, '');
  await truncate(image, DISK_BYTES);
  await partition(image, system, work);
  await makeFileSystem(image, BOOT_PARTITION, 'BOOT');
  const [configuration, entry] = [join(work, 'syslinux.cfg'), join(work, 'guest.conf')];
  await writeFile(configuration, bootConfiguration(system));
  await writeFile(entry, uefiEntry(system));
  const boot = `${image}@@${BOOT_PARTITION.start}`;
  const files = [join(kernelFolder(), 'vmlinuz'), join(work, 'initramfs'), configuration];
  await run('mcopy', '-i', boot, ...files, '::');
  await run('mmd', '-i', boot, '::EFI', '::EFI/BOOT', '::loader', '::loader/entries');
  await run('mcopy', '-i', boot, UEFI_LOADER, '::EFI/BOOT/BOOTX64.EFI');
  await run('mcopy', '-i', boot, entry, '::loader/entries/guest.conf');
  await run(SYSLINUX, '-t', String(BOOT_PARTITION.start), '-i', image);
  if (system === 'root') await makeFileSystem(image, DATA_PARTITION, 'DATA');
  await writeAt(image, 0, (await readFile(MASTER_BOOT_RECORD)).subarray(0, BOOT_CODE_BYTES));
  await writeAt(image, MARKER_SECTOR * SECTOR, Buffer.from(`medevac ${system}\n`));
}

async function partition(image: string, system: GuestSystem, work: string): Promise<void> {
  const line = ({ start, bytes }: typeof BOOT_PARTITION) =>
    `start=${start / SECTOR}, size=${bytes / SECTOR}, type=6`;
  const partitions = system === 'root' ? [BOOT_PARTITION, DATA_PARTITION] : [BOOT_PARTITION];
  const [first, ...others] = partitions.map(line);
  const script = ['label: dos', 'label-id: 0x6d656465', `${first ?? ''}, bootable`, ...others, ''].join('\n');
  await writeFile(join(work, 'partitions'), script);
  await run('sh', '-c', 'sfdisk -q "$1" <"$2"', 'sh', image, join(work, 'partitions'));
}

async function makeFileSystem(
  image: string,
  { start, bytes, sectorsPerCluster }: typeof BOOT_PARTITION,
  label: string,
): Promise<void> {
  const options = [
    '-F',
    '16',
    '--invariant',
    '-s',
    String(sectorsPerCluster),
    '-n',
    label,
    '--offset',
    String(start / SECTOR),
  ];
  await run('mkfs.vfat', ...options, image, String(bytes / 1024));
}

function commandLine(system: GuestSystem): string {
  return `console=ttyS0 quiet loglevel=1 mitigations=off cryptomgr.notests medevac.system=${system}`;
}

function bootConfiguration(system: GuestSystem): string {
  return `DEFAULT ${system}\nPROMPT 0\nLABEL ${system}\nKERNEL vmlinuz\nINITRD initramfs\nAPPEND ${commandLine(system)}\n`;
}

function uefiEntry(system: GuestSystem): string {
  return `title ${system}\nlinux /vmlinuz\ninitrd /initramfs\noptions ${commandLine(system)}\n`;
}

/** Writes into an image that may be in use. */
export async function writeAt(image: string, offset: number, content: Buffer): Promise<void> {
  const file = await open(image, 'r+');
  try {
    await file.write(content, 0, content.length, offset);
  } finally {
    await file.close();
  }
}
