/**
 * What libvirt found out about QEMU, which takes a new host ten seconds of CPU: kept, and given to the next hosts. libvirt
 * itself sees whether it still holds, and asks QEMU again where it does not.
 */
import { copyFile, mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder } from '../support/cache.mjs';

function kept(): string {
  return join(cacheFolder('libvirt-hosts'), 'capabilities');
}

function ofHost(folder: string): string {
  return join(folder, 'cache', 'qemu', 'capabilities');
}

/** Gives a host, which must not run yet, what is known. */
export async function giveCapabilities(folder: string): Promise<void> {
  await copyFiles(kept(), ofHost(folder));
}

/** Keeps what a host knows. */
export async function keepCapabilities(folder: string): Promise<void> {
  await copyFiles(ofHost(folder), kept());
}

/** Each file whole, because others may read it. */
async function copyFiles(from: string, to: string): Promise<void> {
  await mkdir(from, { recursive: true });
  await mkdir(to, { recursive: true });
  for (const name of await readdir(from)) {
    const draft = join(to, `.${name}.${process.pid}`);
    await copyFile(join(from, name), draft);
    await rename(draft, join(to, name));
  }
}
