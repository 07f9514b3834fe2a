import { describe, expect, it } from '@jest/globals';
import { FIGURES, ratioOf, valuesOf, type FigureKey } from '../../../bench/report/figures.ts';
import type { RunResult } from '../../../bench/workloads/workload.ts';
import { aPhase, aRun } from './results.ts';

function figure(key: FigureKey) {
  const found = FIGURES.find((one) => one.key === key);
  if (found === undefined) throw new Error(key);
  return found;
}

const cpuMs = (operator: number, apiServer: number) => ({ operator, apiServer, etcd: 0 });

describe('figures of a run', () => {
  const alone = aRun('none', [
    aPhase({ name: 'create', cpuMs: cpuMs(0, 1_000), wallMs: 2_000 }),
    aPhase({ name: 'latency', latenciesMs: [10, 10] }),
  ]);
  const bursts = [
    aPhase({
      name: 'create',
      objects: 100,
      cpuMs: cpuMs(200, 2_000),
      wallMs: 1_000,
      memory: { now: 50, peak: 60 },
    }),
    aPhase({
      name: 'create',
      objects: 300,
      cpuMs: cpuMs(600, 6_000),
      wallMs: 5_000,
      memory: { now: 80, peak: 90 },
    }),
  ];

  it.each<{ name: string; key: FigureKey; phases: RunResult['phases']; want: number | undefined }>([
    { name: 'CPU is that of one object, over all bursts', key: 'operatorCpuCreate', phases: bursts, want: 2 },
    {
      name: 'API server CPU leaves out what the rest costs alone',
      key: 'apiServerCpuCreate',
      phases: bursts,
      want: 10,
    },
    { name: 'time is that of all bursts', key: 'wallCreate', phases: bursts, want: 6 },
    {
      name: 'time beyond the run without operator is that of all bursts less',
      key: 'wallCreateBeyond',
      phases: bursts,
      want: 4,
    },
    { name: 'the peak is that after the last burst', key: 'rss10k', phases: bursts, want: 90 },
    {
      name: 'latency leaves out what the rest takes alone',
      key: 'p50',
      phases: [aPhase({ name: 'latency', latenciesMs: [20, 24] })],
      want: 12,
    },
    {
      name: 'requests are those of one object, without what is counted apart',
      key: 'requestsCreate',
      phases: [aPhase({ name: 'create', requests: { work: { 'patch a': 300 }, aside: { 'watch a': 5 } } })],
      want: 3,
    },
    {
      name: 'Events are those of one object, whether new or told again',
      key: 'eventsCreate',
      phases: [
        aPhase({
          name: 'create',
          requests: {
            work: { 'patch a': 300 },
            aside: { 'create events': 100, 'patch events': 50, 'watch a': 5 },
          },
        }),
      ],
      want: 1.5,
    },
    {
      name: 'the start without objects is that with at most one',
      key: 'firstWrite',
      phases: [
        aPhase({ name: 'restart', objects: 1, wallMs: 500 }),
        aPhase({ name: 'restart', objects: 400, wallMs: 2_000 }),
      ],
      want: 0.5,
    },
    {
      name: 'the start with all objects is the last one',
      key: 'secondsToSynced10k',
      phases: [
        aPhase({ name: 'restart', objects: 1, wallMs: 500 }),
        aPhase({ name: 'restart', objects: 400, wallMs: 2_000 }),
      ],
      want: 2,
    },
    {
      name: 'memory without objects is that of the start without',
      key: 'rss0',
      phases: [
        aPhase({ name: 'restart', objects: 1, memory: { now: 80, peak: 90 } }),
        aPhase({ name: 'restart', objects: 400, memory: { now: 100, peak: 150 } }),
      ],
      want: 90,
    },
    {
      name: 'memory of a start with objects is none without',
      key: 'rss0',
      phases: [aPhase({ name: 'restart', objects: 400, memory: { now: 100, peak: 150 } })],
      want: undefined,
    },
    {
      name: 'idle CPU is a part of a core',
      key: 'idleCpu',
      phases: [aPhase({ name: 'idle', wallMs: 10_000, cpuMs: cpuMs(50, 0) })],
      want: 0.5,
    },
    { name: 'what was not measured is no figure', key: 'wallRescue', phases: bursts, want: undefined },
  ])('$name', ({ key, phases, want }) => {
    expect(figure(key).of(aRun('medevac', phases), alone)).toBe(want);
  });

  it('what is beyond the run without operator is no figure where there was none', () => {
    expect(figure('apiServerCpuCreate').of(aRun('medevac', bursts), undefined)).toBeUndefined();
  });
});

describe('figures of several runs', () => {
  const create = (wallMs: number) => [aPhase({ name: 'create', wallMs })];
  const results = [
    aRun('medevac', create(1_000), 0),
    aRun('peer', create(2_000), 0),
    aRun('peer', create(1_000), 1),
    aRun('medevac', create(1_000), 1),
    aRun('medevac', create(3_000), 2),
    aRun('peer', create(4_000), 2),
  ];

  it('are those of one contender', () => {
    expect(valuesOf(figure('wallCreate'), 'peer', results)).toEqual([2, 1, 4]);
  });

  it('are compared run by run, and the ratio is the median', () => {
    expect(ratioOf(figure('wallCreate'), results, ['medevac', 'peer'])).toBe(0.75);
  });

  it('have no ratio where the other was not measured, or takes nothing', () => {
    expect(ratioOf(figure('wallCreate'), results, ['medevac', 'nobody'])).toBeUndefined();
    expect(ratioOf(figure('operatorCpuCreate'), results, ['medevac', 'peer'])).toBeUndefined();
  });
});
