import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OURS } from './figures.ts';
import { performancePage } from './page.ts';
import { plotsOf } from './plots.ts';
import { resumed, type BenchRecord } from './record.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const RESULTS = join(ROOT, 'bench', 'results');
/** medevac alone can be measured with more than there is time for with all. */
const ALONE = '-alone.json';

/** Writes the results of this day, and plots and page of the checkout: from the last with peers, and the last of medevac alone. */
export async function keep(record: BenchRecord, say: (what: string) => void): Promise<void> {
  const file = `${record.at.slice(0, 10)}${isAlone(record) ? ALONE : '.json'}`;
  await mkdir(RESULTS, { recursive: true });
  await writeFile(join(RESULTS, file), `${JSON.stringify(record, undefined, 1)}\n`);
  const compared = await lastKept((name) => !name.endsWith(ALONE));
  await writePage(compared ?? record, await lastKept((name) => name.endsWith(ALONE)));
  say(`wrote bench/results/${file} and docs/performance.md`);
}

/**
 * What was kept last of a benchmark that is gone on with.
 * @throws Error where there is none, or where it was measured otherwise
 */
export async function keptBefore(
  about: Omit<BenchRecord, 'results'>,
): Promise<Pick<BenchRecord, 'earlier' | 'results'>> {
  return resumed(await lastKept((name) => name.endsWith(ALONE) === isAlone(about)), about);
}

function isAlone({ contenders }: Pick<BenchRecord, 'contenders'>): boolean {
  return contenders.every(({ name }) => name === OURS);
}

async function lastKept(isMeant: (file: string) => boolean): Promise<BenchRecord | undefined> {
  return read((await readdir(RESULTS)).sort().findLast(isMeant));
}

async function read(file: string | undefined): Promise<BenchRecord | undefined> {
  return file === undefined
    ? undefined
    : (JSON.parse(await readFile(join(RESULTS, file), 'utf8')) as BenchRecord);
}

/** Writes plots and page from what was measured. */
async function writePage(record: BenchRecord, alone: BenchRecord | undefined): Promise<void> {
  const folder = join(ROOT, 'docs', 'performance');
  await mkdir(folder, { recursive: true });
  const plots = plotsOf(record);
  for (const { file, svg } of plots) await writeFile(join(folder, file), svg);
  await writeFile(join(ROOT, 'docs', 'performance.md'), performancePage(record, plots, alone));
}
