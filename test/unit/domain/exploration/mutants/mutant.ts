import { limits, type Limits } from '../models.ts';
import type { Brain } from '../shell/brain.ts';

/** A way to be wrong, and what the exploration must say of it. */
export interface Mutant {
  readonly name: string;
  readonly want: RegExp;
  readonly limits: Limits;
  readonly mutate: (real: Brain) => Partial<Brain>;
}

/** The smallest worlds in which most mutants do harm. */
export const SMALL = limits({});
export const SMALL_WITH_FAULT = limits({ faults: 1 });
