import { seen } from '../world/stale.ts';
import { fault, type Step } from '../world/step.ts';
import type { World } from '../world/world.ts';

/** Another replica becomes leader while the former one stands still. */
export function leaderSteps(world: World): Step[] {
  return fault('another leader takes over', world, { former: seen(world).instance });
}
