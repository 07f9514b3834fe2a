import { summarize } from '../measure/statistics.ts';
import type { Phase, RunResult } from '../workloads/workload.ts';
import { burstsOf, FIGURES, medianOfEach, valuesOf, type FigureKey } from './figures.ts';
import type { BenchRecord } from './record.ts';
import { barChart, lineChart, type Line } from './svg.ts';

/** A plot as a file of its own. */
export interface Plot {
  readonly file: string;
  readonly title: string;
  readonly svg: string;
}

const BARS: readonly FigureKey[] = [
  'apiServerCpuCreate',
  'operatorCpuCreate',
  'wallCreate',
  'wallRescue',
  'rss10k',
  'p50',
  'secondsToSynced10k',
];

/** One plot for each figure that was measured, and two of the cost by the number of objects. */
export function plotsOf(record: BenchRecord): Plot[] {
  const bars = FIGURES.filter(({ key }) => BARS.includes(key)).flatMap(({ key, title, unit, of }) => {
    const rows = record.contenders.flatMap(({ name }) => {
      const summary = summarize(valuesOf({ key, title, unit, of }, name, record.results));
      return summary === undefined
        ? []
        : [{ name, value: summary.median, low: summary.min, high: summary.max }];
    });
    if (rows.length === 0) return [];
    return [{ file: `${key}.svg`, title, svg: barChart({ title, unit }, rows) }];
  });
  return [...bars, ...growth(record)];
}

const GROWTH = [
  {
    file: 'growth-api-server.svg',
    title: 'API server CPU of a create by number of objects',
    of: (phase: Phase) => phase.cpuMs.apiServer,
  },
  {
    file: 'growth-operator.svg',
    title: 'Operator CPU of a create by number of objects',
    of: (phase: Phase) => phase.cpuMs.operator,
  },
] as const;

function growth({ contenders, results, options }: BenchRecord): Plot[] {
  if (options.sizes.length < 2) return [];
  return GROWTH.flatMap(({ file, title, of }) => {
    const lines = contenders.map(({ name }) => ({ name, points: pointsOf(name, results, of) }));
    const drawn = lines.filter(({ points }) => points.length > 1);
    if (drawn.length === 0) return [];
    return [{ file, title, svg: lineChart({ title, unit: 'ms' }, drawn, 'Instances') }];
  });
}

/** Cost of one create in each burst, at the number of Instances that it ended with. */
function pointsOf(name: string, results: readonly RunResult[], of: (phase: Phase) => number): Line['points'] {
  return [...burstsOf(name, results)].map(([total, phases]) => [total, medianOfEach(phases, of)] as const);
}
