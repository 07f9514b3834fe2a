import type { Measured } from '../measure/meter.ts';

/** What is measured, in the order in which a session goes through it. */
export const WORKLOADS = [
  'start',
  'latency',
  'create',
  'idle',
  'rescue',
  'storm',
  'restart',
  'migrate',
  'drain',
] as const;
export type Workload = (typeof WORKLOADS)[number];

/** One stretch of a session. */
export interface Phase extends Measured {
  /** `create`, `rescue`, `unrescue`, … */
  readonly name: string;
  /** Instances that it was about. */
  readonly objects: number;
  /** Instances that are there when it ends. */
  readonly total: number;
  /** Where single ones were timed. Milliseconds. */
  readonly latenciesMs?: readonly number[];
}

/** All that a session has measured. */
export interface RunResult {
  readonly contender: string;
  /** Counted from 0. */
  readonly run: number;
  readonly phases: readonly Phase[];
  /** Why there are no more phases; absent: all were measured. */
  readonly failed?: string;
}
