import { diff } from 'node:util';
import type { Course } from './witness.ts';

/** How a story went. */
export interface Outcome {
  readonly ending: string;
  readonly course: Course;
  /** Rules that were broken on the way. */
  readonly violations: readonly string[];
}

/** In what a run differs from one without a fault, in words; empty: in nothing that matters. */
export function differences(run: Outcome, reference: Outcome): string[] {
  const { made, states, phases } = run.course;
  const counts = Object.entries(reference.course.made).flatMap(([kind, count]) => {
    const found = made[kind as keyof typeof made];
    return found === count ? [] : [`${kind}: ${found} were made instead of ${count}`];
  });
  return [
    ...run.violations,
    ...counts,
    ...detours('states', states, reference.course.states),
    ...detours('phases', phases, onTheWay(reference.course.phases)),
    ...(run.ending === reference.ending ? [] : [`ends otherwise:\n${changedLines(run, reference)}`]),
  ];
}

/** What is passed while the operator is away need not show, but nothing else may. */
function detours(what: string, way: readonly string[], reference: readonly string[]): string[] {
  let at = 0;
  const isWay = way.every((step) => {
    at = reference.indexOf(step, at) + 1;
    return at > 0;
  });
  return isWay ? [] : [`${what} ${way.join(', ')} instead of ${reference.join(', ')}`];
}

/** What takes no time need not show, and shows when it takes some. */
function onTheWay(phases: readonly string[]): string[] {
  const last = phases.at(-1);
  return last === undefined ? [] : ['Queued', 'Preparing', 'Running', 'Completing', last];
}

/** Lines around one that differs. */
const AROUND = 3;

/** All of them, however many: who has to find out what happened can't ask for the others later. */
function changedLines(run: Outcome, reference: Outcome): string {
  const lines = diff(reference.ending.split('\n'), run.ending.split('\n'));
  const changed = lines.flatMap(([operation], index) => (operation === 0 ? [] : [index]));
  return lines
    .filter((_, index) => changed.some((other) => Math.abs(other - index) <= AROUND))
    .map(([operation, line]) => `${MARKS[operation]} ${line}`)
    .join('\n');
}

const MARKS = { '-1': '+', '0': ' ', '1': '-' } as const;
