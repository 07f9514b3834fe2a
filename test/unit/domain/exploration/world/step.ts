import type { DeletionPolicy } from '../../../../../src/api/instance.ts';
import type { Power } from '../../../../../src/domain/observed.ts';
import type { Boot } from '../../../../../src/domain/vm.ts';
import { caughtUp, lagging } from './stale.ts';
import type { Part, World } from './world.ts';

/** An order to the backend, with what it tests there. */
export type Order =
  | {
      readonly kind: 'Define';
      readonly boot: Boot;
      /** uid of the Instance that the identity was derived from. */
      readonly identity: string;
      readonly power: Power;
      /** uid of the VM that was seen; `undefined`: none was, and one of that name is not taken over. */
      readonly vmUid: string | undefined;
      readonly owner: string;
      readonly policy: DeletionPolicy;
    }
  | {
      readonly kind: 'Claim';
      readonly vmUid: string;
      readonly owner: string;
      readonly policy: DeletionPolicy;
    }
  | { readonly kind: 'Restart'; readonly bootId: string }
  | { readonly kind: 'Migrate'; readonly uid: string; readonly name: string; readonly labelled: boolean }
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
  /** The caches that know at once what this step has changed. */
  readonly learned: readonly Part[];
  readonly next: World;
  /** The process ends with it, and another one goes on. */
  readonly crashes?: true;
  /** It is a step of the other Instance of a pair. */
  readonly ofRival?: true;
}

const NOTHING: readonly Part[] = [];

export function progress(name: string, next: World): Step {
  return { name, kind: 'Progress', writes: false, learned: NOTHING, next };
}

export function chance(name: string, next: World): Step {
  return { name, kind: 'Chance', writes: false, learned: NOTHING, next };
}

/** Something that happens only so many times. */
export function fault(name: string, world: World, next: Partial<World>): Step[] {
  return world.faults === 0 ? [] : [chance(name, { ...world, ...next, faults: world.faults - 1 })];
}

/** Each cache that lags catches up. */
export function watchSteps(world: World): Step[] {
  return lagging(world).map((part) => ({
    ...progress(`the cache of ${part} catches up`, { ...world, stale: caughtUp(world.stale, part) }),
    learned: [part],
  }));
}
