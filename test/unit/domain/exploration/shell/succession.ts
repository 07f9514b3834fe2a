import { caughtUp, seen } from '../world/stale.ts';
import type { Step } from '../world/step.ts';
import type { World } from '../world/world.ts';

/**
 * Who goes on when a process has ended: one that has listed all VMs before it decides, or one that was there already and
 * sees them late. Both know of no orders but those that they see carried out.
 */
export type Successor = 'Anew' | 'Late';

export function succeeded(step: Step, successor: Successor): Step {
  if (step.crashes !== true) return step;
  if (successor === 'Late') return { ...step, next: withoutMemory(step.next) };
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

function withoutMemory(world: World): World {
  const { rival } = world;
  return {
    ...world,
    ordered: seen(world).vm === undefined ? undefined : world.ordered,
    rival: rival && withoutMemory(rival),
  };
}
