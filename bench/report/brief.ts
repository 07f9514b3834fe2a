import { median } from '../measure/statistics.ts';
import type { RunResult } from '../workloads/workload.ts';
import { FIGURES, OURS, ratioOf, valuesOf, type FigureKey } from './figures.ts';

const RATIOS = [
  'apiServerCpuCreate',
  'wallCreate',
  'wallRescue',
  'operatorCpuCreate',
  'rss10k',
] as const satisfies readonly FigureKey[];

/** What `--output json` prints: medians, and medevac's part of each peer's. Absent: not measured. */
export interface Brief {
  readonly requests: Readonly<Record<string, number>>;
  readonly ratios: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly medevac: Readonly<Record<string, number>>;
}

export function briefOf(results: readonly RunResult[]): Brief {
  const peers = [...new Set(results.map(({ contender }) => contender))].filter(
    (name) => name !== OURS && name !== 'none',
  );
  const ratios = (key: FigureKey) =>
    peers.flatMap((peer) => entry(peer, ratioOf(figure(key), results, [OURS, peer])));
  return {
    requests: defined({
      create: medianOf('requestsCreate', results),
      rescue: medianOf('requestsRescue', results),
      unrescue: medianOf('requestsUnrescue', results),
      migrate: medianOf('requestsMigrate', results),
    }),
    ratios: Object.fromEntries(RATIOS.map((key) => [key, Object.fromEntries(ratios(key))])),
    medevac: defined({
      cpuMsPerCreate: medianOf('operatorCpuCreate', results),
      rssMb0: medianOf('rss0', results),
      rssMb10k: medianOf('rss10k', results),
      p50Ms: medianOf('p50', results),
      p99Ms: medianOf('p99', results),
      secondsToFirstWrite: medianOf('firstWrite', results),
      secondsToSynced10k: medianOf('secondsToSynced10k', results),
      idleCpuPercent: medianOf('idleCpu', results),
    }),
  };
}

function figure(key: FigureKey) {
  const found = FIGURES.find((one) => one.key === key);
  if (found === undefined) throw new Error(`there is no figure ${key}`);
  return found;
}

function medianOf(key: FigureKey, results: readonly RunResult[]): number | undefined {
  const values = valuesOf(figure(key), OURS, results);
  return values.length === 0 ? undefined : median(values);
}

function defined(values: Readonly<Record<string, number | undefined>>): Record<string, number> {
  return Object.fromEntries(Object.entries(values).flatMap(([name, value]) => entry(name, value)));
}

function entry(name: string, value: number | undefined): [string, number][] {
  return value === undefined || Number.isNaN(value) ? [] : [[name, rounded(value)]];
}

/** Three digits that count. */
function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
