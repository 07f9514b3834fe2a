import { NOTHING_DONE, type Outcome } from '../../../../../src/domain/outcome.ts';
import { driverErrors } from '../../../../../src/drivers/driver-errors.ts';
import { obey } from '../backend/obey.ts';
import type { Order, Step } from '../world/step.ts';
import type { Part, World } from '../world/world.ts';
import type { Brain } from './brain.ts';

const REFUSED = driverErrors.rejected('the backend refuses');
const LOST = driverErrors.unavailable('the answer was lost');
const STATUSES: readonly Part[] = ['instance', 'liveMigrations'];

export interface Plan {
  readonly order: Order | undefined;
  readonly brain: Brain;
  /** The world with the status that follows from the outcome. */
  readonly report: (after: World, outcome: Outcome) => World;
}

/** A pass that goes well; and with an order, the ways in which it may not. */
export function passes(who: string, world: World, { order, brain, report }: Plan): Step[] {
  if (order === undefined) return written(pass(`${who} pass`, world, report(world, NOTHING_DONE)), world);
  const name = `${who} orders ${order.kind}`;
  const { after, outcome, learned } = obey(world, order, brain);
  const done = pass(name, world, report(after, outcome));
  return [
    { ...done, order, learned: [...done.learned, ...learned] },
    ...crashed(world, { ...pass(`${name}, and crashes`, world, after), order }),
    ...crashed(world, { ...pass(`${name}, and the answer is lost`, world, report(after, LOST)), order }),
    ...crashed(world, pass(`${name}, which is lost`, world, report(world, LOST))),
    ...crashed(world, pass(`${name}, which is refused`, world, report(world, REFUSED))),
  ];
}

/** The answer to a status write may be lost as well: then the caches learn of it from their watches. */
function written(step: Step, world: World): Step[] {
  if (!step.writes) return [step];
  return [step, ...crashed(world, { ...step, name: `${step.name}, and its answer is lost`, learned: [] })];
}

function pass(name: string, before: World, next: World): Step {
  const writes = before.instance !== next.instance || before.liveMigrations !== next.liveMigrations;
  // A write that went well was made on the newest version, so a cache that lags stays as it is.
  const learned = writes ? STATUSES.filter((part) => before[part] !== next[part]) : [];
  return { name, kind: 'Progress', writes, learned, next };
}

function crashed({ faults }: World, step: Step): Step[] {
  return faults === 0 ? [] : [{ ...step, kind: 'Chance', next: { ...step.next, faults: faults - 1 } }];
}
