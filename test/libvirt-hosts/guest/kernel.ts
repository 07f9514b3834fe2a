/** The kernel of the guests: Debian's, downloaded and unpacked, never installed. */
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { cacheFolder } from '../../support/cache.mjs';
import { only, withUnpacked } from '../../support/debian-package.ts';
import { run } from '../commands.ts';

const METAPACKAGE = 'linux-image-cloud-amd64';

/** Disks, networks and file systems that a guest may meet, and what tells it of the power button and the host of a crash. */
const MODULES = [
  'virtio_pci',
  'virtio_blk',
  'virtio_scsi',
  'sd_mod',
  'virtio_net',
  'virtio_rng',
  'vfat',
  'nls_cp437',
  'nls_ascii',
  'nls_utf8',
  'button',
  'evdev',
  'pvpanic_mmio',
  'pvpanic_pci',
];

/** Where the kernel and its modules are kept: `vmlinuz`, and `modules` with one file for each, named in the order of loading. */
export function kernelFolder(): string {
  return join(cacheFolder('libvirt-hosts'), 'kernel');
}

export function hasKernel(): boolean {
  return existsSync(kernelFolder());
}

/** Downloads the kernel with apt, if it is not there yet. Throws where it cannot be had. */
export async function provideKernel(say: (what: string) => void): Promise<void> {
  if (hasKernel()) return;
  say('downloading the kernel of the guests with apt-get');
  const depends = await run('apt-cache', 'depends', METAPACKAGE);
  const name = /Depends: (linux-image-\S+)/.exec(depends)?.[1];
  if (name === undefined) throw new Error(`${METAPACKAGE} names no kernel`);
  await withUnpacked(name, keep);
}

async function keep(unpacked: string): Promise<void> {
  const draft = `${kernelFolder()}.draft`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(join(draft, 'modules'), { recursive: true });
  await copyFile(await only(join(unpacked, 'boot'), /^vmlinuz/), join(draft, 'vmlinuz'));
  for (const [index, path] of (await modulesInOrder(join(unpacked, 'lib', 'modules'))).entries()) {
    const name = `${String(index).padStart(2, '0')}-${basename(path)}`;
    await copyFile(path, join(draft, 'modules', name));
  }
  await rename(draft, kernelFolder());
}

/** Paths of the modules and of what they need, each after what it needs. */
async function modulesInOrder(folder: string): Promise<string[]> {
  const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.ko'));
  const paths = new Map(files.map((file) => [moduleName(file), join(folder, file)]));
  const order = new Set<string>();
  async function add(name: string): Promise<void> {
    const path = paths.get(name);
    if (path === undefined) throw new Error(`the kernel has no module ${name}`);
    for (const needed of await needsOf(path)) await add(needed);
    order.add(path);
  }
  for (const name of MODULES) await add(name);
  return [...order];
}

/** Modules call themselves by underscores, their files also by dashes. */
function moduleName(path: string): string {
  return basename(path, '.ko').replaceAll('-', '_');
}

/** What a module says that it needs: depmod, which would say it too, runs when a kernel is installed. */
async function needsOf(path: string): Promise<string[]> {
  const needs = /\0depends=([^\0]*)\0/.exec((await readFile(path)).toString('latin1'))?.[1] ?? '';
  return needs === '' ? [] : needs.split(',').map((name) => name.replaceAll('-', '_'));
}
