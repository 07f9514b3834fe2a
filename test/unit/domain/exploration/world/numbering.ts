import { PARTS } from './stale.ts';
import type { World } from './world.ts';

/** When all begins. */
export const THEN = '2026-11-23T10:00:00.000Z';

/** How far apart the moments of the clock are: a short lease. Milliseconds. */
const LAPSE = 4 * 3_600_000;

/** The instant of a moment of the clock, in RFC 3339. */
export function instantAt(clock: number): string {
  const known = instants.get(clock) ?? new Date(Date.parse(THEN) + clock * LAPSE).toISOString();
  instants.set(clock, known);
  return known;
}

const instants = new Map<number, string>();

const INSTANT = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g;
/** No decision looks at these. */
const BOOKKEEPING = /"lastTransitionTime":"[^"]+"/g;

/** The moment of the clock in which an instant is: when something happened within it makes no difference. */
function momentOf(instant: string): string {
  const known =
    moments.get(instant) ?? instantAt(Math.floor((Date.parse(instant) - Date.parse(THEN)) / LAPSE));
  moments.set(instant, known);
  return known;
}

const moments = new Map<string, string>();

const timelessByText = new Map<string, object>();

/** The same value with moments of the clock for its instants; equal values are one object. */
export function timeless<T extends object>(value: T): T {
  const text = JSON.stringify(value)
    .replace(BOOKKEEPING, `"lastTransitionTime":"${THEN}"`)
    .replace(INSTANT, momentOf);
  const known = timelessByText.get(text) ?? (JSON.parse(text) as T);
  timelessByText.set(text, known);
  return known as T;
}

interface Known {
  readonly id: string;
  readonly value: object;
}

/** Gives equal values one id and one object. What a value is made of is looked at once. */
class Numbering {
  readonly #byText = new Map<string, Known>();
  readonly #byValue = new WeakMap<object, Known>();

  of(value: unknown): string {
    if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
    return (this.#byValue.get(value) ?? this.#learn(value)).id;
  }

  one<T>(value: T): T {
    if (typeof value !== 'object' || value === null) return value;
    return (this.#byValue.get(value) ?? this.#learn(value)).value as T;
  }

  #learn(value: object): Known {
    const text = this.#textOf(value);
    const known = this.#byText.get(text) ?? { id: `#${this.#byText.size + 1}`, value };
    this.#byText.set(text, known);
    this.#byValue.set(value, known);
    return known;
  }

  #textOf(value: object): string {
    let text = Array.isArray(value) ? '[' : '{';
    for (const [key, field] of Object.entries(value)) {
      if (field !== undefined) text += `${key}:${this.of(field)},`;
    }
    return text;
  }
}

const numbering = new Numbering();

/** A short text that equal values share. */
export function idOf(value: unknown): string {
  return numbering.of(value);
}

/** The one object that equal values share. */
export function one<T>(value: T): T {
  return numbering.one(value);
}

/** Equal worlds have equal keys. */
export function keyOf(world: World): string {
  const { stale, faults, former, clock, unanswered, ordered } = world;
  let key = `${faults},${clock},${idOf(former)},${idOf(unanswered)},${idOf(ordered)}`;
  for (const part of PARTS) {
    const older = stale[part];
    key += older === undefined ? `,${idOf(world[part])}` : `,${idOf(world[part])}<${idOf(older[0])}`;
  }
  return world.rival === undefined ? key : `${key}|${keyOf(world.rival)}`;
}
