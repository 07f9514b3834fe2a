const UNITS = { h: 3_600_000, m: 60_000, s: 1_000 } as const;

/** Milliseconds of a duration of the API, such as `1h30m`. */
export function milliseconds(duration: string): number {
  let total = 0;
  for (const [, amount, unit] of duration.matchAll(/([0-9]+)([hms])/g)) {
    total += Number(amount) * UNITS[unit as keyof typeof UNITS];
  }
  return total;
}

/** Whole seconds since an instant, RFC 3339; none where it is yet to come. `now` in milliseconds since the epoch. */
export function secondsSince(instant: string, now: number): number {
  return Math.max(0, Math.floor((now - Date.parse(instant)) / 1_000));
}
