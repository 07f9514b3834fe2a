/** What libvirt hosts need on this machine: what is missing, and, where it may be done, installing it. */
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { arch, platform } from 'node:os';
import { join } from 'node:path';
import { commandEnvironment } from './commands.ts';
import { hasKernel } from './guest/kernel.ts';

/** Debian package → files of it that are used; those without a folder are programs. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  'libvirt-daemon-system': ['/etc/libvirt/libvirtd.conf', '/etc/libvirt/qemu.conf'],
  'libvirt-daemon': ['libvirtd', 'virtlogd'],
  'libvirt-clients': ['virsh'],
  'qemu-system-x86': ['qemu-system-x86_64'],
  'busybox-static': ['/bin/busybox'],
  syslinux: ['syslinux'],
  'syslinux-common': ['/usr/lib/SYSLINUX/mbr.bin'],
  'systemd-boot-efi': ['/usr/lib/systemd/boot/efi/systemd-bootx64.efi'],
  ovmf: ['/usr/share/qemu/firmware/60-edk2-x86_64.json'],
  mtools: ['mcopy', 'mmd'],
  dosfstools: ['mkfs.vfat'],
  fdisk: ['sfdisk'],
  iproute2: ['ip', 'bridge'],
  'util-linux': ['unshare', 'nsenter'],
};

/** Services whose package is being installed are not started where this file says so (invoke-rc.d(8)). */
const SERVICE_POLICY = '/usr/sbin/policy-rc.d';
const START_NOTHING = '#!/bin/sh\nexit 101\n';

/** Seconds that another installation is waited for. */
const PACKAGE_LOCK_SECONDS = 300;

/** Half a sentence that says why there can be no libvirt hosts on this machine now; undefined: there can. */
export function missingForHosts(): string | undefined {
  const packages = missingPackages();
  return (
    unfitMachine() ??
    (packages.length === 0 ? undefined : `the Debian packages ${packages.join(', ')} are missing`) ??
    (hasKernel() ? undefined : 'the kernel of the guests was not downloaded (npm run setup:libvirt)')
  );
}

/**
 * Installs the Debian packages that are missing, without starting a service.
 * @throws one sentence that says what is missing, where they can't be installed
 */
export function installPackages(say: (what: string) => void): void {
  const unfit = unfitMachine();
  if (unfit !== undefined) throw new Error(`There can be no libvirt hosts here: ${unfit}.`);
  const packages = missingPackages();
  if (packages.length === 0) return;
  if (findProgram('apt-get') === undefined) throw new Error(cannotInstall(packages, 'there is no apt-get'));
  say(`installing ${packages.join(', ')} with apt-get; no service is started`);
  // Old lists may do as well: what can't be had is said below.
  apt('update');
  const failure = withoutServices(() => apt('install', '--yes', '--no-install-recommends', ...packages));
  const missing = missingPackages();
  if (missing.length > 0) throw new Error(cannotInstall(missing, failure ?? 'apt-get did not bring them'));
}

function unfitMachine(): string | undefined {
  if (platform() !== 'linux' || arch() !== 'x64') return 'they need Linux on x86-64';
  if (process.getuid?.() !== 0) return 'they need root, for network namespaces and mounts';
  if (!existsSync('/dev/net/tun')) return 'there is no /dev/net/tun for the networks of guests';
  const { status } = spawnSync('unshare', ['--mount', '--uts', '--net', 'true']);
  return status === 0 ? undefined : 'namespaces can not be made, as in a container without privileges';
}

function missingPackages(): string[] {
  return Object.entries(PACKAGES)
    .filter(([, files]) => !files.every(isThere))
    .map(([name]) => name);
}

function isThere(file: string): boolean {
  if (file === '/bin/busybox') return existsSync(file) && isStatic(file);
  return file.startsWith('/') ? existsSync(file) : findProgram(file) !== undefined;
}

/** A program that is not static names its loader near its beginning; package `busybox` brings one under the same path. */
function isStatic(path: string): boolean {
  const beginning = Buffer.alloc(4096);
  const file = openSync(path, 'r');
  readSync(file, beginning);
  closeSync(file);
  return !beginning.includes('/ld-linux');
}

function findProgram(name: string): string | undefined {
  const folders = (commandEnvironment()['PATH'] ?? '').split(':');
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/** @returns the last line of what was said of a failure */
function apt(...args: readonly string[]): string | undefined {
  const options = ['-q', '-o', `DPkg::Lock::Timeout=${PACKAGE_LOCK_SECONDS}`];
  const { status, stderr } = spawnSync('apt-get', [...options, ...args], {
    env: { ...commandEnvironment(), DEBIAN_FRONTEND: 'noninteractive' },
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
  return status === 0 ? undefined : (stderr.trim().split('\n').at(-1) ?? 'apt-get failed');
}

function withoutServices<T>(work: () => T): T {
  if (existsSync(SERVICE_POLICY)) return work();
  writeFileSync(SERVICE_POLICY, START_NOTHING, { mode: 0o755 });
  try {
    return work();
  } finally {
    rmSync(SERVICE_POLICY);
  }
}

function cannotInstall(packages: readonly string[], why: string): string {
  return `The libvirt hosts need the Debian packages ${packages.join(', ')}, which can't be installed here (${why}): install them by hand.`;
}
