import { componentsOf } from '../components.ts';
import { DRAIN_RULES, leftUndone } from './drain-rules.ts';
import { drainSteps, type Planner } from './drain-steps.ts';
import type { DrainWorld } from './drain-world.ts';

export interface DrainExploration {
  readonly states: number;
  /** Rules that were broken. */
  readonly broken: ReadonlySet<string>;
}

/**
 * Follows every history of a drain, or those until a step breaks the rule `sought`; where things end when nothing else
 * happens, who can go must have gone.
 */
export function exploreDrain(start: DrainWorld, plan: Planner, sought?: string): DrainExploration {
  const worlds: DrainWorld[] = [];
  const index = new Map<string, number>();
  const numberOf = (world: DrainWorld): number => {
    const key = JSON.stringify(world);
    const known = index.get(key) ?? worlds.push(world) - 1;
    index.set(key, known);
    return known;
  };
  numberOf(start);
  const broken = new Set<string>();
  const successors: number[][] = [];
  // It grows meanwhile.
  for (const world of worlds) {
    const steps = drainSteps(world, plan);
    for (const rule of steps.flatMap(({ next }) => brokenBy(world, next))) broken.add(rule);
    if (sought !== undefined && broken.has(sought)) return { states: worlds.length, broken };
    const reached = steps.map(({ kind, next }) => ({ kind, there: numberOf(next) }));
    successors.push(reached.filter(({ kind }) => kind === 'Progress').map(({ there }) => there));
  }
  for (const end of endsOf(successors)) {
    const undone = leftUndone(worlds[end] ?? start);
    if (undone !== undefined) broken.add(undone);
  }
  return { states: worlds.length, broken };
}

function brokenBy(before: DrainWorld, next: DrainWorld): string[] {
  return Object.entries(DRAIN_RULES).flatMap(([rule, holds]) => (holds(before, next) ? [] : rule));
}

/** Where progress leads nowhere else. */
function endsOf(successors: readonly (readonly number[])[]): number[] {
  const component = componentsOf(successors);
  const left = new Set<number | undefined>();
  successors.forEach((targets, from) => {
    if (targets.some((to) => component[to] !== component[from])) left.add(component[from]);
  });
  return successors.flatMap((_, here) => (left.has(component[here]) ? [] : here));
}
