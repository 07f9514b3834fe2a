/** Folders of guest images, one for each hash of their parts: what nobody uses any more is removed. */
import { readdir, rm, stat, utimes } from 'node:fs/promises';
import { basename, join } from 'node:path';

const PREFIX = 'images-';

/** Another checkout may use other images for so long before they are made anew. Milliseconds. */
const KEPT = 30 * 24 * 60 * 60 * 1_000;

export function imagesFolder(cache: string, hash: string): string {
  return join(cache, `${PREFIX}${hash}`);
}

/** Says that a folder of images is used, and removes those that were not for long. `now` in milliseconds since the epoch. */
export async function useImages(folder: string, now: number = Date.now()): Promise<void> {
  await utimes(folder, now / 1_000, now / 1_000);
  const cache = join(folder, '..');
  const others = (await readdir(cache)).filter(
    (name) => name.startsWith(PREFIX) && name !== basename(folder),
  );
  for (const other of others.map((name) => join(cache, name))) {
    const { mtimeMs } = await stat(other);
    if (now - mtimeMs > KEPT) await rm(other, { recursive: true, force: true });
  }
}
