import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { isDeepStrictEqual } from 'node:util';
import type { Options } from '../options.ts';
import type { RunResult } from '../workloads/workload.ts';

/** What a benchmark leaves behind: everything that was measured, and where. */
export interface BenchRecord {
  /** RFC 3339. */
  readonly at: string;
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly memoryGb: number;
    readonly kernel: string;
  };
  /** Digest of the contenders. */
  readonly sources: string;
  readonly options: Omit<Options, 'output' | 'keep' | 'resume'>;
  readonly contenders: readonly { readonly name: string; readonly madeWith: string }[];
  /** Who could not be measured, and why. */
  readonly missing: readonly { readonly name: string; readonly why: string }[];
  readonly results: readonly RunResult[];
}

export function describeMachine(): BenchRecord['machine'] {
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

/**
 * What was kept last, if `later` goes on with it: measured on the same machine, of the same contenders, in the same way.
 * @throws Error where there is none, or where it was measured otherwise
 */
export function resumed(kept: BenchRecord | undefined, later: Omit<BenchRecord, 'results'>): BenchRecord {
  if (kept !== undefined && isDeepStrictEqual(conditionsOf(kept), conditionsOf(later))) return kept;
  throw new Error(
    '--resume: what was kept last was measured on another machine, of other sources, or with other options. ' +
      'Give the same options, or start anew without --resume.',
  );
}

function conditionsOf({ machine, sources, options, contenders }: Omit<BenchRecord, 'results'>): object {
  return { machine, sources, options: { ...options, runs: 0 }, contenders };
}
