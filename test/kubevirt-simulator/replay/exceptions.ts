import type { Difference } from './compare.ts';

/** A difference that is known, and why it is none of fidelity. */
export interface Exception {
  readonly why: string;
  readonly what: string;
  /** Tested on `where`, and on want and got, where given. */
  readonly where: RegExp;
  readonly want?: RegExp;
  readonly got?: RegExp;
  /** Only in this scenario. */
  readonly scenario?: string;
}

export const exceptions: readonly Exception[] = [
  {
    what: 'writes',
    where: /^VMI\/\S+ status\.activePods\.<uid>$/,
    why: 'a pod is counted before or after it is bound, as the watches happen to come',
  },
];

export function exceptionFor(scenario: string, difference: Difference): Exception | undefined {
  return exceptions.find(
    ({ what, where, want, got, scenario: only }) =>
      what === difference.what &&
      where.test(difference.where) &&
      (want === undefined || want.test(difference.want)) &&
      (got === undefined || got.test(difference.got)) &&
      (only === undefined || only === scenario),
  );
}
