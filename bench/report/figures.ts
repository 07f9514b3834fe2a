import { median, quantile } from '../measure/statistics.ts';
import { eventsIn, total } from '../measure/requests.ts';
import type { Phase, RunResult } from '../workloads/workload.ts';

/** The contender that the others are peers of. */
export const OURS = 'medevac';

/** A figure of a run; the lower the better, all of them. */
export interface Figure {
  readonly key: string;
  readonly title: string;
  readonly unit: string;
  /** `alone`: the run of the same number without an operator. Undefined: not measured. */
  of(run: RunResult, alone: RunResult | undefined): number | undefined;
}

function phasesOf(run: RunResult | undefined, name: string): readonly Phase[] {
  return run?.phases.filter((phase) => phase.name === name) ?? [];
}

/** Sum over the phases of a name; undefined: there are none. */
function sum(run: RunResult | undefined, name: string, value: (phase: Phase) => number): number | undefined {
  const phases = phasesOf(run, name);
  return phases.length === 0 ? undefined : phases.reduce((result, phase) => result + value(phase), 0);
}

/** Per object of the phases of a name. */
function each(run: RunResult | undefined, name: string, value: (phase: Phase) => number): number | undefined {
  const [all, objects] = [sum(run, name, value), sum(run, name, (phase) => phase.objects)];
  return all === undefined || objects === undefined ? undefined : all / objects;
}

/** What a run has more of than the one without an operator. */
function beyondAlone(value: (run: RunResult | undefined) => number | undefined): Figure['of'] {
  return (run, alone) => {
    const [all, base] = [value(run), value(alone)];
    return all === undefined || base === undefined ? undefined : all - base;
  };
}

function latency(run: RunResult | undefined, q: number): number | undefined {
  const [phase] = phasesOf(run, 'latency');
  return phase?.latenciesMs === undefined ? undefined : quantile(phase.latenciesMs, q);
}

const seconds = (phase: Phase) => phase.wallMs / 1_000;
const timeOf = (phase: Phase | undefined) => phase && seconds(phase);
const createTime = (run: RunResult | undefined) => sum(run, 'create', seconds);
const operatorCpu = (phase: Phase) => phase.cpuMs.operator;

/** In the order of the tables. */
export const FIGURES = [
  {
    key: 'requestsCreate',
    title: 'Requests of a create',
    unit: '',
    of: (run) => each(run, 'create', ({ requests }) => total(requests.work)),
  },
  {
    key: 'eventsCreate',
    title: 'Events of a create, beside these',
    unit: '',
    of: (run) => each(run, 'create', ({ requests }) => eventsIn(requests.aside)),
  },
  {
    key: 'requestsRescue',
    title: 'Requests of a rescue',
    unit: '',
    of: (run) => each(run, 'rescue', ({ requests }) => total(requests.work)),
  },
  {
    key: 'requestsUnrescue',
    title: 'Requests of an unrescue',
    unit: '',
    of: (run) => each(run, 'unrescue', ({ requests }) => total(requests.work)),
  },
  {
    key: 'requestsMigrate',
    title: 'Requests of a migration',
    unit: '',
    of: (run) => each(run, 'migrate', ({ requests }) => total(requests.work)),
  },
  {
    key: 'apiServerCpuCreate',
    title: 'API server CPU of a create, beyond the run without operator',
    unit: 'ms',
    of: beyondAlone((run) => each(run, 'create', ({ cpuMs }) => cpuMs.apiServer)),
  },
  {
    key: 'etcdCpuCreate',
    title: 'etcd CPU of a create, beyond the run without operator',
    unit: 'ms',
    of: beyondAlone((run) => each(run, 'create', ({ cpuMs }) => cpuMs.etcd)),
  },
  { key: 'wallCreate', title: 'Time of all creates', unit: 's', of: createTime },
  {
    key: 'wallCreateBeyond',
    title: 'Time of all creates, beyond the run without operator',
    unit: 's',
    of: beyondAlone(createTime),
  },
  { key: 'wallRescue', title: 'Time of all rescues', unit: 's', of: (run) => sum(run, 'rescue', seconds) },
  {
    key: 'wallUnrescue',
    title: 'Time of all unrescues',
    unit: 's',
    of: (run) => sum(run, 'unrescue', seconds),
  },
  {
    key: 'wallMigrate',
    title: 'Time of all migrations',
    unit: 's',
    of: (run) => sum(run, 'migrate', seconds),
  },
  {
    key: 'wallDrain',
    title: 'Time of the drain of a node',
    unit: 's',
    of: (run) => sum(run, 'drain', seconds),
  },
  {
    key: 'operatorCpuCreate',
    title: 'Operator CPU of a create',
    unit: 'ms',
    of: (run) => each(run, 'create', operatorCpu),
  },
  {
    key: 'operatorCpuRescue',
    title: 'Operator CPU of a rescue',
    unit: 'ms',
    of: (run) => each(run, 'rescue', operatorCpu),
  },
  {
    key: 'operatorCpuStorm',
    title: 'Operator CPU of an update that is no matter to it',
    unit: 'ms',
    of: (run) => each(run, 'storm', operatorCpu),
  },
  {
    key: 'rss0',
    title: 'Peak memory without objects',
    unit: 'MB',
    of: (run) => startOf(run, 'WithoutObjects')?.memory.peak,
  },
  {
    key: 'rss10k',
    title: 'Peak memory after all creates',
    unit: 'MB',
    of: (run) => phasesOf(run, 'create').at(-1)?.memory.peak,
  },
  {
    key: 'rssSteady',
    title: 'Memory when idle',
    unit: 'MB',
    of: (run) => phasesOf(run, 'idle')[0]?.memory.now,
  },
  {
    key: 'firstWrite',
    title: 'Start to first write, without objects',
    unit: 's',
    of: (run) => timeOf(startOf(run, 'WithoutObjects')),
  },
  {
    key: 'secondsToSynced10k',
    title: 'Start to first write, with all objects',
    unit: 's',
    of: (run) => timeOf(startOf(run, 'WithAllObjects')),
  },
  {
    key: 'p50',
    title: 'Create to Running beyond the run without operator, p50',
    unit: 'ms',
    of: beyondAlone((run) => latency(run, 0.5)),
  },
  {
    key: 'p99',
    title: 'Create to Running beyond the run without operator, p99',
    unit: 'ms',
    of: beyondAlone((run) => latency(run, 0.99)),
  },
  {
    key: 'idleCpu',
    title: 'CPU when idle, of a core',
    unit: '%',
    of: (run) => idleShare(phasesOf(run, 'idle')[0]),
  },
] as const satisfies readonly Figure[];

export type FigureKey = (typeof FIGURES)[number]['key'];

function startOf(run: RunResult, which: 'WithoutObjects' | 'WithAllObjects'): Phase | undefined {
  const restarts = phasesOf(run, 'restart');
  return which === 'WithoutObjects'
    ? restarts.find(({ objects }) => objects <= FEW)
    : restarts.findLast(({ objects }) => objects > FEW);
}

/** Instances of a start that is one without objects. */
const FEW = 1;

function idleShare(phase: Phase | undefined): number | undefined {
  return phase && (phase.cpuMs.operator / phase.wallMs) * 100;
}

/** Bursts of creations of all runs of a contender, by the number of Instances that they ended with, the fewest first. */
export function burstsOf(contender: string, results: readonly RunResult[]): ReadonlyMap<number, Phase[]> {
  const bursts = results
    .filter((result) => result.contender === contender)
    .flatMap((result) => phasesOf(result, 'create'));
  const byTotal = Map.groupBy(bursts, ({ total: after }) => after);
  return new Map([...byTotal].toSorted(([a], [b]) => a - b));
}

/** What one object costs: the median over phases that are alike; NaN: there are none. */
export function medianOfEach(phases: readonly Phase[], value: (phase: Phase) => number): number {
  return median(phases.map((phase) => value(phase) / phase.objects));
}

/** Values of a figure over the runs of a contender. */
export function valuesOf(figure: Figure, contender: string, results: readonly RunResult[]): number[] {
  return results
    .filter((result) => result.contender === contender)
    .flatMap((result) => figure.of(result, aloneIn(results, result.run)) ?? []);
}

function aloneIn(results: readonly RunResult[], run: number): RunResult | undefined {
  return results.find((result) => result.contender === 'none' && result.run === run);
}

/** What `ours` takes of what `theirs` takes: the median over the runs of the same number. */
export function ratioOf(
  figure: Figure,
  results: readonly RunResult[],
  [ours, theirs]: readonly [string, string],
): number | undefined {
  const values = results
    .filter(({ contender }) => contender === ours)
    .flatMap((result) => {
      const other = results.find(({ contender, run }) => contender === theirs && run === result.run);
      const alone = aloneIn(results, result.run);
      const [mine, its] = [figure.of(result, alone), other && figure.of(other, alone)];
      return mine === undefined || its === undefined || its <= 0 ? [] : [mine / its];
    });
  return values.length === 0 ? undefined : median(values);
}
