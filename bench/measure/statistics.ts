/** Value at a quantile, interpolated; NaN for none. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const position = (sorted.length - 1) * q;
  const [low, high] = [sorted[Math.floor(position)], sorted[Math.ceil(position)]];
  if (low === undefined || high === undefined) return NaN;
  return low + (high - low) * (position - Math.floor(position));
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Several runs of one figure. */
export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly runs: number;
}

export function summarize(values: readonly number[]): Summary | undefined {
  if (values.length === 0) return undefined;
  return {
    median: median(values),
    min: Math.min(...values),
    max: Math.max(...values),
    runs: values.length,
  };
}

/** Order of `items` in a run: each is first, second, … equally often, and odd runs go the other way round. */
export function rotated<T>(items: readonly T[], run: number): T[] {
  const from = items.length === 0 ? 0 : Math.floor(run / 2) % items.length;
  const turned = [...items.slice(from), ...items.slice(0, from)];
  return run % 2 === 0 ? turned : turned.toReversed();
}
