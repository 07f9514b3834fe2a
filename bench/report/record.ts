import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
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
  readonly options: Omit<Options, 'output' | 'keep'>;
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
