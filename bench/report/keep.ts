import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { performancePage } from './page.ts';
import { plotsOf } from './plots.ts';
import type { BenchRecord } from './record.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** Writes the results, the plots and the page of the checkout. */
export async function keep(record: BenchRecord, say: (what: string) => void): Promise<void> {
  const date = record.at.slice(0, 10);
  const results = join(ROOT, 'bench', 'results');
  await mkdir(results, { recursive: true });
  await writeFile(join(results, `${date}.json`), `${JSON.stringify(record, undefined, 1)}\n`);
  await writePage(record);
  say(`wrote bench/results/${date}.json and docs/performance.md`);
}

/** Writes plots and page from what was measured. */
async function writePage(record: BenchRecord): Promise<void> {
  const folder = join(ROOT, 'docs', 'performance');
  await mkdir(folder, { recursive: true });
  const plots = plotsOf(record);
  for (const { file, svg } of plots) await writeFile(join(folder, file), svg);
  await writeFile(join(ROOT, 'docs', 'performance.md'), performancePage(record, plots));
}
