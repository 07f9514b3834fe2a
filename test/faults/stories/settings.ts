import { randomInt } from 'node:crypto';

/** How much of what could go wrong is tried: set by `scripts/faults.ts`, through the environment. */
export interface FaultSettings {
  /** `Quick` takes a part of the runs, another one for each seed. */
  readonly form: 'Quick' | 'Long';
  readonly seed: number;
  /** How many a suite makes that numbers its runs. */
  readonly runs: number;
  /** Numbers of those that are to be repeated alone; empty: all are made. */
  readonly only: readonly number[];
}

const RUNS = { Quick: 6, Long: 300 } as const;

/** Default: those of the lying network. A seed that nobody gave is drawn: each quick run tries other faults. */
export function readFaultSettings(
  environment: Readonly<Record<string, string | undefined>>,
  runs: Readonly<Record<FaultSettings['form'], number>> = RUNS,
): FaultSettings {
  const form = environment['MEDEVAC_FAULTS'] === 'long' ? 'Long' : 'Quick';
  return {
    form,
    seed: Number(environment['MEDEVAC_FAULTS_SEED'] ?? randomInt(1, 1_000_000)),
    runs: Number(environment['MEDEVAC_FAULTS_RUNS'] ?? runs[form]),
    only: (environment['MEDEVAC_FAULTS_ONLY'] ?? '').split(',').filter(Boolean).map(Number),
  };
}

/** Numbers of the runs that are to be made. */
export function numbersOf({ runs, only }: FaultSettings): readonly number[] {
  return only.length > 0 ? only : Array.from({ length: runs }, (_, index) => index + 1);
}

/** How to repeat a run. */
export function toldFaultSettings({ form, seed, runs }: FaultSettings): string {
  return `MEDEVAC_FAULTS=${form.toLowerCase()} MEDEVAC_FAULTS_SEED=${seed} MEDEVAC_FAULTS_RUNS=${runs}`;
}
