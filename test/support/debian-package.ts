import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../libvirt-hosts/commands.ts';

/**
 * Downloads a Debian package with apt, unpacks it without installing it, and lets `use` take what it wants from the
 * folder, which is removed afterwards.
 * @throws where apt-get is not there or does not have it
 */
export async function withUnpacked<T>(name: string, use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'medevac-package-'));
  try {
    await download(name, folder);
    const unpacked = join(folder, 'unpacked');
    await run('dpkg-deb', '-x', await only(folder, /\.deb$/), unpacked);
    return await use(unpacked);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Where apt's lists are missing, or so old that what they name is gone, they are brought up to date first. */
async function download(name: string, folder: string): Promise<void> {
  // apt-get has no option for where to download to.
  const tryIt = () => run('sh', '-c', 'cd "$1" && exec apt-get -q download "$2"', 'sh', folder, name);
  try {
    await tryIt();
  } catch {
    await run('apt-get', '-q', 'update');
    await tryIt();
  }
}

/** The one file of a folder whose name matches. @throws where there is none */
export async function only(folder: string, pattern: RegExp): Promise<string> {
  const [name] = (await readdir(folder)).filter((file) => pattern.test(file));
  if (name === undefined) throw new Error(`${folder} holds nothing like ${pattern.source}`);
  return join(folder, name);
}
