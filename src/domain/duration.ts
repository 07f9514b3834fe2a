const UNITS = { h: 3_600_000, m: 60_000, s: 1_000 } as const;

/** Milliseconds of a duration of the API, such as `1h30m`. */
export function milliseconds(duration: string): number {
  let total = 0;
  for (const [, amount, unit] of duration.matchAll(/([0-9]+)([hms])/g)) {
    total += Number(amount) * UNITS[unit as keyof typeof UNITS];
  }
  return total;
}
