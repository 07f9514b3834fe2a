import type { Step } from '../world/step.ts';
import type { World } from '../world/world.ts';

/** What must hold of each step: `undefined`, or the rule that it breaks, in words. */
export type Property = (before: World, step: Step) => string | undefined;
