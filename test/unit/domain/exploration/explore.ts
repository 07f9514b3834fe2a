import { backendSteps } from './backend.ts';
import { componentsOf } from './components.ts';
import { instancePasses, migrationPasses, type Brain } from './passes.ts';
import { notConverged, violationOf } from './properties.ts';
import type { Step } from './step.ts';
import { userSteps } from './user.ts';
import { Numbering, START, type World } from './world.ts';

export interface Exploration {
  readonly states: number;
  readonly steps: number;
  /** The first thing that was wrong, and how one gets there; `undefined`: nothing. */
  readonly wrong: Wrong | undefined;
}

export interface Wrong {
  readonly what: string;
  readonly trace: readonly string[];
  readonly world: World;
}

export interface Limits {
  /** Crashes, lost answers and accidents that one history may have. */
  readonly faults: number;
}

interface Arrival {
  readonly from: number;
  readonly name: string;
}

/** Follows every history of the small world, breadth first, so that the first violation has a shortest one. */
export function explore(brain: Brain, { faults }: Limits): Exploration {
  const map = new WorldMap({ ...START, faults });
  let steps = 0;
  for (let here = 0; here < map.worlds.length; here += 1) {
    const world = map.at(here);
    for (const step of allSteps(world, brain)) {
      steps += 1;
      const there = map.arrive(here, step);
      const what = violationOf(world, step);
      if (what !== undefined) return { ...map.count(steps), wrong: map.wrong(what, there, step) };
    }
  }
  return { ...map.count(steps), wrong: map.endless() };
}

function allSteps(world: World, brain: Brain): Step[] {
  return [
    ...instancePasses(world, brain),
    ...migrationPasses(world, brain),
    ...backendSteps(world),
    ...userSteps(world),
  ];
}

/** The worlds that were reached, and how. */
class WorldMap {
  readonly worlds: World[] = [];
  readonly #numbering = new Numbering();
  readonly #index = new Map<string, number>();
  readonly #arrivals: Arrival[] = [];
  /** Where progress leads from each world, and where it writes on the way. */
  readonly #successors: number[][] = [];
  readonly #written: number[][] = [];

  constructor(start: World) {
    this.#add(start, { from: -1, name: 'start' });
  }

  at(number: number): World {
    const world = this.worlds[number];
    if (world === undefined) throw new Error(`there is no world ${number}`);
    return world;
  }

  /** Takes a step from a world; gives the number of the world that it leads to. */
  arrive(from: number, { name, kind, writes, next }: Step): number {
    const there = this.#add(next, { from, name });
    if (kind === 'Progress') {
      this.#successors[from]?.push(there);
      if (writes) this.#written[from]?.push(there);
    }
    return there;
  }

  count(steps: number): Pick<Exploration, 'states' | 'steps'> {
    return { states: this.worlds.length, steps };
  }

  wrong(what: string, at: number, last?: Step): Wrong {
    const names: string[] = last === undefined ? [] : [last.name];
    const start = last === undefined ? at : (this.#arrivals[at]?.from ?? 0);
    for (let here = start; here > 0; here = this.#arrivals[here]?.from ?? 0) {
      names.unshift(this.#arrivals[here]?.name ?? '');
    }
    return { what, trace: names, world: this.at(at) };
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
      const what = writes ? 'it writes for ever' : notConverged(this.at(here));
      if (what !== undefined) return this.wrong(what, here);
    }
    return undefined;
  }

  #add(world: World, arrival: Arrival): number {
    const key = this.#numbering.keyOf(world);
    const known = this.#index.get(key);
    if (known !== undefined) return known;
    const number = this.worlds.push(world) - 1;
    this.#index.set(key, number);
    this.#arrivals.push(arrival);
    this.#successors.push([]);
    this.#written.push([]);
    return number;
  }
}
