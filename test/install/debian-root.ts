/** The smallest Debian that has apt, made by debootstrap from where this machine's apt has its packages from. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../libvirt-hosts/commands.ts';
import { cacheFolder } from '../support/cache.mjs';
import { withUnpacked } from '../support/debian-package.ts';

/** That of the base images. */
const SUITE = 'bookworm';
/** Where apt of this machine has its packages from, and how it gets there. */
const SOURCES = ['sources.list', 'sources.list.d', 'apt.conf.d', 'auth.conf.d'];

/** Path of an archive of it; there only when it is whole. */
export function debianArchive(): string {
  return join(cacheFolder('debian'), `${SUITE}.tar`);
}

/** Makes it, if it is not there yet. @throws where a package can not be had */
export async function provideDebian(say: (what: string) => void): Promise<void> {
  if (existsSync(debianArchive())) return;
  say('making a small Debian with debootstrap (about a minute)');
  const root = `${cacheFolder('debian')}.draft-${process.pid}`;
  const archive = `${debianArchive()}.draft-${process.pid}`;
  try {
    await withUnpacked('debootstrap', (unpacked) => bootstrap(unpacked, root));
    for (const name of SOURCES) await copyOver(join('/etc/apt', name), join(root, 'etc/apt', name));
    await mkdir(cacheFolder('debian'), { recursive: true });
    await run('tar', '-C', root, '--exclude=./var/cache/apt/archives/*', '-cf', archive, '.');
    await rename(archive, debianArchive());
  } finally {
    await rm(root, { recursive: true, force: true });
    await rm(archive, { force: true });
  }
}

async function bootstrap(unpacked: string, root: string): Promise<void> {
  const site = await run('apt-get', 'indextargets', '--format', '$(REPO_URI)', `Codename: ${SUITE}`);
  const [mirror = ''] = site.split('\n');
  const args = ['--variant=minbase', '--include=ca-certificates', SUITE, root, mirror];
  const env = { ...process.env, DEBOOTSTRAP_DIR: join(unpacked, 'usr/share/debootstrap') };
  const child = spawn(join(unpacked, 'usr/sbin/debootstrap'), args, { env, stdio: 'ignore' });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`debootstrap ended with ${code ?? 'a signal'}`);
}

/** What is there gives way. */
async function copyOver(from: string, to: string): Promise<void> {
  await rm(to, { recursive: true, force: true });
  if (existsSync(from)) await cp(from, to, { recursive: true });
}
