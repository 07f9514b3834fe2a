/** What was done, and what came of it, how often. */
export class Tally {
  readonly counts = new Map<string, number>();

  add(what: string, times = 1): void {
    this.counts.set(what, this.of(what) + times);
  }

  of(what: string): number {
    return this.counts.get(what) ?? 0;
  }

  /** All that begins like that. */
  sum(beginning: string): number {
    return [...this.counts].reduce(
      (total, [what, count]) => (what.startsWith(beginning) ? total + count : total),
      0,
    );
  }
}

/** What comes of a hundred sequences at the least, by how it is counted: less means that they do not do what they are for. */
const LEAST = {
  'boots of a rescue system': 60,
  'migrations Succeeded': 15,
  'rescued migrations Succeeded': 10,
  'refused 4': 50,
  'looked at again': 40,
} as const;

/** A few sequences may be unlucky. */
const LUCK = 2;

/** What so many sequences should have done and did not. */
export function shortfalls(tally: Tally, sequences: number): string[] {
  return Object.entries(LEAST).flatMap(([what, least]) => {
    const [found, wanted] = [tally.sum(what), Math.floor((sequences * least) / 100) - LUCK];
    return found < wanted ? [`${what}: ${found} instead of ${wanted}`] : [];
  });
}
