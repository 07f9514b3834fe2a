import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { isDeepStrictEqual } from 'node:util';
import type { Options } from '../options.ts';
import type { RunResult } from '../workloads/workload.ts';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly kernel: string;
}

/** When and where some of the runs were made; each run is made whole on one machine. */
export interface Sitting {
  /** RFC 3339. */
  readonly at: string;
  readonly machine: Machine;
}

/** What a benchmark leaves behind: everything that was measured, and where. When and where: the last runs. */
export interface BenchRecord extends Sitting {
  /** Sittings that the last one went on from, the first one first. */
  readonly earlier?: readonly (Sitting & { readonly runs: number })[];
  /** Digest of the contenders. */
  readonly sources: string;
  readonly options: Omit<Options, 'output' | 'keep' | 'resume'>;
  readonly contenders: readonly { readonly name: string; readonly madeWith: string }[];
  /** Who could not be measured, and why. */
  readonly missing: readonly { readonly name: string; readonly why: string }[];
  readonly results: readonly RunResult[];
}

export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 1e9),
    kernel: readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim(),
  };
}

/** How often everything was measured. */
export function runsOf({ results }: Pick<BenchRecord, 'results'>): number {
  return new Set(results.map(({ run }) => run)).size;
}

/** All sittings, the first one first, each with the number of its runs. */
export function sittingsOf({
  at,
  machine,
  earlier = [],
  results,
}: Pick<BenchRecord, 'at' | 'machine' | 'earlier' | 'results'>): NonNullable<BenchRecord['earlier']> {
  const before = earlier.reduce((sum, { runs }) => sum + runs, 0);
  return [...earlier, { at, machine, runs: runsOf({ results }) - before }];
}

/**
 * What was kept last, if `later` goes on with it: measured of the same contenders, in the same way. The machine may be another
 * one: who is compared is compared within a run.
 * @throws Error where there is none, or where it was measured otherwise
 */
export function resumed(
  kept: BenchRecord | undefined,
  later: Omit<BenchRecord, 'results'>,
): Pick<BenchRecord, 'earlier' | 'results'> {
  if (kept !== undefined && isDeepStrictEqual(conditionsOf(kept), conditionsOf(later))) {
    return { earlier: sittingsOf(kept), results: kept.results };
  }
  throw new Error(
    '--resume: what was kept last was measured of other sources, or with other options. ' +
      'Give the same options, or start anew without --resume.',
  );
}

function conditionsOf({ sources, options, contenders }: Omit<BenchRecord, 'results'>): object {
  return { sources, options: { ...options, runs: 0 }, contenders };
}
