import { admittedWith, type Admitted } from './verdict.ts';

/** An edit that leaves something as wrong as it was. `issue` is its path and what is wrong with it, without a full stop. */
export function keptAsItIs(issue: string): Admitted {
  return admittedWith(
    `${issue}. It was so before and is left as it is, but nothing is done until that field is corrected.`,
  );
}
