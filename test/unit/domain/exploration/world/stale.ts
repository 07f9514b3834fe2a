import type { Part, Parts, Stale, World } from './world.ts';

/**
 * Caches that lag behind. What the runtime promises of them is in the model:
 * - a cache moves forward only, and catches up when nothing else happens;
 * - the answer to an own write goes into it at once (`learned` of a step), unless the answer was lost;
 * - where that was lost, nothing is decided from the object until the cache has moved on (see unanswered.ts);
 * - a status write tests the resourceVersion, so one that was made from an older Instance or LiveMigration is lost.
 * A cache that lags keeps the version that it has until it catches up with all that has happened since.
 */
export const PARTS: readonly Part[] = [
  'instance',
  'liveMigrations',
  'vm',
  'guest',
  'migration',
  'foreign',
  'incapable',
  'lost',
];

/** No cache lags. */
export const NOTHING: Stale = {};
const NO_PARTS: readonly Part[] = [];

/** The world as it is seen through the caches. */
export function seen(world: World): World {
  const { stale } = world;
  if (stale === NOTHING) return world;
  let view = world;
  for (const part of PARTS) {
    const older = stale[part];
    if (older !== undefined) view = { ...view, [part]: older[0] };
  }
  return view;
}

export function caughtUp(stale: Stale, part: Part): Stale {
  if (stale[part] === undefined) return stale;
  const { [part]: _, ...others } = stale;
  return Object.keys(others).length === 0 ? NOTHING : others;
}

/** The caches that lag, as far as they still do. */
export function lagging({ stale }: World): readonly Part[] {
  return stale === NOTHING ? NO_PARTS : PARTS.filter((part) => stale[part] !== undefined);
}

/** A cache shows something else for as long as it lags. */
export function withStale<P extends Part>(world: World, part: P, value: Parts[P]): World {
  return { ...world, stale: { ...world.stale, [part]: [value] } };
}
