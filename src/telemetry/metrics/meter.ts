import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** A figure as the docs list it. */
export interface Figure {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly labels: readonly string[];
}

/** One value of a figure. */
export interface Reading {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

type Named = Pick<Figure, 'name' | 'help'>;
type Read = () => Iterable<Reading>;

/** Makes figures, all in one registry of its own: what else a process measures is not mixed in. */
export class Meter {
  readonly registry = new Registry();
  readonly figures: Figure[] = [];

  counter<L extends string>(named: Named, ...labelNames: L[]): Counter<L> {
    return new Counter(this.#note('counter', named, labelNames));
  }

  /** @param buckets upper bounds, in the unit that the name ends with */
  histogram<L extends string>(
    { buckets, ...named }: Named & { readonly buckets: readonly number[] },
    ...labelNames: L[]
  ): Histogram<L> {
    return new Histogram({ ...this.#note('histogram', named, labelNames), buckets: [...buckets] });
  }

  /** A figure that is asked for whenever somebody reads it; what `read` does not give any more is not shown any more. */
  gauge({ read, ...named }: Named & { readonly read: Read }, ...labelNames: string[]): void {
    new Gauge({
      ...this.#note('gauge', named, labelNames),
      collect() {
        this.reset();
        // Reset leaves a 0 where there are no labels: that would be a value, too.
        if (labelNames.length === 0) this.remove();
        for (const { labels, value } of read()) this.set(labels, value);
      },
    });
  }

  /** A figure that only grows, and is counted elsewhere. */
  count({ read, ...named }: Named & { readonly read: Read }, ...labelNames: string[]): void {
    new Counter({
      ...this.#note('counter', named, labelNames),
      collect() {
        this.reset();
        for (const { labels, value } of read()) this.inc(labels, value);
      },
    });
  }

  #note<L extends string>(type: Figure['type'], { name, help }: Named, labelNames: readonly L[]) {
    this.figures.push({ name, help, type, labels: labelNames });
    return { name, help, labelNames, registers: [this.registry] };
  }
}

/** Prometheus counts in seconds. */
export function seconds(milliseconds: number): number {
  return milliseconds / 1000;
}
