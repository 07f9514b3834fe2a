/** What was done, and what came of it, how often. */
export class Tally {
  readonly counts = new Map<string, number>();

  add(what: string, times = 1): void {
    this.counts.set(what, this.of(what) + times);
  }

  of(what: string): number {
    return this.counts.get(what) ?? 0;
  }
}
