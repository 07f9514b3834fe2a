import { afterAll, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { imagesFolder, useImages } from './guest/image-cache.ts';

const DAY = 24 * 60 * 60 * 1_000;
const caches: string[] = [];

afterAll(() => Promise.all(caches.map((cache) => rm(cache, { recursive: true }))));

it('images are kept for 30 days after they were used last, and nothing else is touched', async () => {
  const cache = await mkdtemp(join(tmpdir(), 'medevac-image-cache-'));
  caches.push(cache);
  const [old, other, current] = ['a', 'b', 'c'].map((hash) => imagesFolder(cache, hash));
  for (const folder of [old, other, current, join(cache, 'kernel')]) await mkdir(folder ?? '');
  const now = Date.now();
  await useImages(old ?? '', now);
  await useImages(other ?? '', now + 2 * DAY);
  await useImages(current ?? '', now + 31 * DAY);
  expect((await readdir(cache)).sort()).toEqual(['images-b', 'images-c', 'kernel']);
});
