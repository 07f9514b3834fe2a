import { componentsOf } from './components.ts';
import type { Limits } from './models.ts';
import { notConverged } from './properties/converged.ts';
import { violationOf, type Violation } from './properties/properties.ts';
import type { Brain } from './shell/brain.ts';
import { stepsFrom } from './steps.ts';
import { canonical } from './world/canonical.ts';
import { leftBehind } from './world/left-behind.ts';
import { keyOf } from './world/numbering.ts';
import { PAIR } from './world/pair.ts';
import { START } from './world/specs.ts';
import type { Step } from './world/step.ts';
import type { World } from './world/world.ts';

export interface Exploration {
  readonly states: number;
  readonly steps: number;
  readonly milliseconds: number;
  /** The first thing that was wrong, and how one gets there; `undefined`: nothing. */
  readonly wrong: Wrong | undefined;
}

/** The rules of where things end: `endless`. */
export const RULES_OF_ENDS = ['isAsAsked', 'writesNothing'] as const;

interface Wrong extends Violation {
  readonly trace: readonly string[];
  readonly world: World;
}

interface Arrival {
  readonly from: number;
  readonly name: string;
}

/** Follows every history of the small world, breadth first, so that the first violation has a shortest one. */
export function explore(brain: Brain, limits: Limits): Exploration {
  const map = new WorldMap({ ...(limits.shared ? PAIR : START), faults: limits.faults });
  const begun = performance.now();
  let steps = 0;
  const report = (wrong: Wrong | undefined): Exploration => {
    return { states: map.worlds.length, steps, milliseconds: Math.round(performance.now() - begun), wrong };
  };
  for (let here = 0; here < map.worlds.length; here += 1) {
    const world = map.at(here);
    for (const step of stepsFrom(world, brain, limits)) {
      steps += 1;
      const taken = { ...step, next: canonical(leftBehind(world, step, limits.slow)) };
      const violation = violationOf(world, step);
      if (violation !== undefined) return report(map.wrong(violation, here, taken));
      map.arrive(here, taken);
    }
  }
  return report(map.endless());
}

const WRITES_FOR_EVER: Violation = { rules: ['writesNothing'], what: 'it writes for ever' };

function notAsAsked(world: World): Violation | undefined {
  const what = notConverged(world);
  return what === undefined ? undefined : { rules: ['isAsAsked'], what };
}

/** The worlds that were reached, and how. */
class WorldMap {
  readonly worlds: World[] = [];
  readonly #index = new Map<string, number>();
  readonly #arrivals: Arrival[] = [];
  /** Where progress leads from each world, and where it writes on the way. */
  readonly #successors: number[][] = [];
  readonly #written: number[][] = [];

  constructor(start: World) {
    this.#add(canonical(start), { from: -1, name: 'start' });
  }

  at(number: number): World {
    const world = this.worlds[number];
    if (world === undefined) throw new Error(`there is no world ${number}`);
    return world;
  }

  /** Takes a step from a world. */
  arrive(from: number, { name, kind, writes, next }: Step): void {
    const there = this.#add(next, { from, name });
    if (kind === 'Chance') return;
    this.#successors[from]?.push(there);
    if (writes) this.#written[from]?.push(there);
  }

  /** What is wrong at a world, or with the step from it. */
  wrong(violation: Violation, at: number, step?: Step): Wrong {
    const trace = step === undefined ? [] : [step.name];
    for (let here = at; here > 0; here = this.#arrivals[here]?.from ?? 0) {
      trace.unshift(this.#arrivals[here]?.name ?? '');
    }
    return { ...violation, trace, world: step?.next ?? this.at(at) };
  }

  /** Where things end if nothing else happens: nothing may be written there any more, and all must be as asked. */
  endless(): Wrong | undefined {
    const component = componentsOf(this.#successors);
    const left = new Set<number>();
    this.#successors.forEach((targets, from) => {
      if (targets.some((to) => component[to] !== component[from])) left.add(component[from] ?? -1);
    });
    for (let here = 0; here < this.worlds.length; here += 1) {
      if (left.has(component[here] ?? -1)) continue;
      const writes = this.#written[here]?.some((to) => component[to] === component[here]) ?? false;
      const violation = writes ? WRITES_FOR_EVER : notAsAsked(this.at(here));
      if (violation !== undefined) return this.wrong(violation, here);
    }
    return undefined;
  }

  #add(next: World, arrival: Arrival): number {
    const key = keyOf(next);
    const known = this.#index.get(key);
    if (known !== undefined) return known;
    const number = this.worlds.push(next) - 1;
    this.#index.set(key, number);
    this.#arrivals.push(arrival);
    this.#successors.push([]);
    this.#written.push([]);
    return number;
  }
}
