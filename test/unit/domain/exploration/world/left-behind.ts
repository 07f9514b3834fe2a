import { inItsEyes, swapped } from './pair.ts';
import { caughtUp } from './stale.ts';
import type { Step } from './step.ts';
import { stillUnanswered } from './unanswered.ts';
import type { Part, World } from './world.ts';

/** Where a step leads when the caches named here are slow to see what it has changed. */
export function leftBehind(before: World, step: Step, slow: readonly Part[]): World {
  const { next, learned } = step;
  if (step.ofRival === true) return swapped(leftBehind(swapped(before), inItsEyes(step), slow));
  let { stale } = next;
  for (const part of slow) {
    if (learned.includes(part)) stale = caughtUp(stale, part);
    else if (stale[part] === undefined && next[part] !== before[part])
      stale = { ...stale, [part]: [before[part]] };
  }
  const left = stale === next.stale ? next : { ...next, stale };
  const unanswered = stillUnanswered(before, left);
  return unanswered.length === left.unanswered.length ? left : { ...left, unanswered };
}
