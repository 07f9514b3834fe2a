import { caughtUp, seen } from '../world/stale.ts';
import type { Step } from '../world/step.ts';
import type { World } from '../world/world.ts';

/**
 * Who goes on when a process has ended: one that has listed all VMs before it decides, or one that was there already and
 * sees them late. Both know of no orders but those that they see carried out.
 */
export type Successor = 'Anew' | 'Late';

/** A step from a world, and if it ends the process, what its successor knows. */
export function succeeded(before: World, step: Step, successor: Successor): Step {
  if (step.crashes !== true) return step;
  if (successor === 'Late') return { ...step, next: withoutMemory(step.next, before) };
  return { ...step, learned: [...step.learned, 'vm'], next: withVmsSeen(step.next) };
}

function withVmsSeen(world: World): World {
  const { guest, stale, rival } = world;
  return {
    ...world,
    ordered: guest === undefined ? undefined : world.ordered,
    stale: caughtUp(stale, 'vm'),
    rival: rival && withVmsSeen(rival),
  };
}

/** What was not seen before the crash is not seen now. */
function withoutMemory(world: World, before: World): World {
  const { rival } = world;
  return {
    ...world,
    ordered: seen(before).vm === undefined ? undefined : world.ordered,
    rival: rival && before.rival && withoutMemory(rival, before.rival),
  };
}
