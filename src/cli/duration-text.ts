const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A length of time as kubectl writes ages: two units at most, and one where the second says little. @param ms milliseconds */
export function durationText(ms: number): string {
  const left = Math.max(0, ms);
  if (left < 2 * MINUTE) return `${Math.floor(left / SECOND)}s`;
  if (left < 10 * MINUTE) return two(left, [MINUTE, 'm'], [SECOND, 's']);
  if (left < 3 * HOUR) return `${Math.floor(left / MINUTE)}m`;
  if (left < 8 * HOUR) return two(left, [HOUR, 'h'], [MINUTE, 'm']);
  if (left < 2 * DAY) return `${Math.floor(left / HOUR)}h`;
  if (left < 8 * DAY) return two(left, [DAY, 'd'], [HOUR, 'h']);
  return `${Math.floor(left / DAY)}d`;
}

type Unit = readonly [number, string];

function two(ms: number, [large, largeName]: Unit, [small, smallName]: Unit): string {
  const rest = Math.floor((ms % large) / small);
  return `${Math.floor(ms / large)}${largeName}${rest === 0 ? '' : `${rest}${smallName}`}`;
}

/** How long ago an RFC 3339 instant is; `-`: it is none. */
export function ageText(instant: string | undefined, now: number): string {
  const at = Date.parse(instant ?? '');
  return Number.isNaN(at) ? '-' : durationText(now - at);
}
