import { backendSteps } from './backend.ts';
import { canonical } from './canonical.ts';
import { componentsOf } from './components.ts';
import { instancePasses, migrationPasses, type Brain } from './passes.ts';
import { notConverged, violationOf } from './properties.ts';
import type { Step } from './step.ts';
import { userSteps, type Users } from './user.ts';
import { Numbering, START, type World } from './world.ts';

export interface Exploration {
  readonly states: number;
  readonly steps: number;
  /** The first thing that was wrong, and how one gets there; `undefined`: nothing. */
  readonly wrong: Wrong | undefined;
}

interface Wrong {
  readonly what: string;
  readonly trace: readonly string[];
  readonly world: World;
}

export interface Limits extends Users {
  /** Crashes, lost answers and accidents that one history may have. */
  readonly faults: number;
}

interface Arrival {
  readonly from: number;
  readonly name: string;
}

/** Follows every history of the small world, breadth first, so that the first violation has a shortest one. */
export function explore(brain: Brain, { faults, ...users }: Limits): Exploration {
  const map = new WorldMap({ ...START, faults });
  let steps = 0;
  for (let here = 0; here < map.worlds.length; here += 1) {
    const world = map.at(here);
    for (const step of allSteps(world, brain, users)) {
      steps += 1;
      const what = violationOf(world, step);
      if (what !== undefined) return { ...map.count(steps), wrong: map.wrong(what, here, step) };
      map.arrive(here, step);
    }
  }
  return { ...map.count(steps), wrong: map.endless() };
}

function allSteps(world: World, brain: Brain, users: Users): Step[] {
  return [
    ...instancePasses(world, brain),
    ...migrationPasses(world, brain),
    ...backendSteps(world),
    ...userSteps(world, users),
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

  /** Takes a step from a world. */
  arrive(from: number, { name, kind, writes, next }: Step): void {
    const there = this.#add(next, { from, name });
    if (kind === 'Chance') return;
    this.#successors[from]?.push(there);
    if (writes) this.#written[from]?.push(there);
  }

  count(steps: number): Pick<Exploration, 'states' | 'steps'> {
    return { states: this.worlds.length, steps };
  }

  /** What is wrong at a world, or with the step from it. */
  wrong(what: string, at: number, step?: Step): Wrong {
    const trace = step === undefined ? [] : [step.name];
    for (let here = at; here > 0; here = this.#arrivals[here]?.from ?? 0) {
      trace.unshift(this.#arrivals[here]?.name ?? '');
    }
    return { what, trace, world: step?.next ?? this.at(at) };
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

  #add(next: World, arrival: Arrival): number {
    const world = canonical(next);
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
