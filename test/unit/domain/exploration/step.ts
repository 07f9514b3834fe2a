import type { World } from './world.ts';

/** An order to the backend. */
export type Order =
  | { readonly kind: 'Define' | 'Restart' }
  | { readonly kind: 'Migrate'; readonly uid: string; readonly labelled: boolean }
  | { readonly kind: 'Abort'; readonly uid: string };

/** One thing that can happen in a world. */
export interface Step {
  readonly name: string;
  /**
   * Progress: it happens in the end if nothing else does. Chance: it may happen or not, and nobody may rely on it:
   * users, faults, and what a backend does only sometimes.
   */
  readonly kind: 'Progress' | 'Chance';
  readonly order?: Order;
  /** Whether a status was written. */
  readonly writes: boolean;
  readonly next: World;
}

export function progress(name: string, next: World): Step {
  return { name, kind: 'Progress', writes: false, next };
}

export function chance(name: string, next: World): Step {
  return { name, kind: 'Chance', writes: false, next };
}

/** Something that happens only so many times. */
export function fault(name: string, world: World, next: Partial<World>): Step[] {
  return world.faults === 0 ? [] : [chance(name, { ...world, ...next, faults: world.faults - 1 })];
}
