import { NOTHING_DONE, type Outcome } from '../../../../../src/domain/outcome.ts';
import { driverErrors } from '../../../../../src/drivers/driver-errors.ts';
import { obey, withOrder, type Answer } from '../backend/obey.ts';
import type { Order, Step } from '../world/step.ts';
import { carriedOut, sentAgain, writesBetween } from '../world/unanswered.ts';
import type { Part, Unanswered, World } from '../world/world.ts';
import type { Brain } from './brain.ts';

const REFUSED = driverErrors.rejected('the backend refuses');
const BUSY = driverErrors.busy('an earlier order was taken');
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
  if (order === undefined) {
    return answered(pass(`${who} pass`, world, report(world, NOTHING_DONE)), world, brain);
  }
  const name = `${who} orders ${order.kind}`;
  const { after, outcome, learned } = obey(world, order, brain);
  const done = pass(name, world, report(after, outcome));
  const remembered = brain.shell.remembersOrders ? withOrder(world, order).ordered : world.ordered;
  const unsure = (next: World) => ({ ...next, ordered: remembered });
  const refusal = refusalOf(world, order, brain);
  return [
    ...answered({ ...done, order, learned: [...done.learned, ...learned] }, world, brain),
    ...crashed(world, { ...pass(`${name}, and crashes`, world, after), order, crashes: true }),
    ...crashed(world, {
      ...pass(`${name}, and the answer is lost`, world, report(unsure(after), LOST)),
      order,
    }),
    ...crashed(world, pass(`${name}, which is lost`, world, report(unsure(world), LOST))),
    ...crashed(world, pass(`${name}, which is refused`, world, report(refusal.after, refusal.outcome))),
  ];
}

/** A migration that is refused is withdrawn: an earlier order may have been taken whose answer was lost. */
function refusalOf(world: World, order: Order, brain: Brain): Pick<Answer, 'after' | 'outcome'> {
  if (order.kind !== 'Migrate') return { after: world, outcome: REFUSED };
  const { after, outcome } = obey(world, { kind: 'Abort', uid: order.uid }, brain);
  return { after, outcome: outcome.kind === 'NotFound' ? REFUSED : BUSY };
}

/** The answer to a status write may be lost as well, or the write itself. */
function answered(step: Step, world: World, { shell }: Brain): Step[] {
  if (!step.writes) return [step];
  const writes = shell.unanswered === 'Forgotten' ? [] : writesBetween(world, step.next);
  const unknown = (next: World, unanswered: readonly Unanswered[]) => ({
    ...next,
    unanswered: [...world.unanswered, ...unanswered],
  });
  const { instance, liveMigrations } = world;
  const unwritten = { ...step.next, instance, liveMigrations };
  const learned = step.learned.filter((part) => !STATUSES.includes(part));
  return [
    step,
    ...crashed(world, {
      ...step,
      name: `${step.name}, and its answer is lost`,
      learned,
      next: unknown(step.next, writes.map(carriedOut)),
    }),
    ...crashed(world, {
      ...step,
      name: `${step.name}, and its status is lost`,
      learned,
      writes: false,
      next: unknown(unwritten, writes),
    }),
  ];
}

/** Status writes whose answers were lost are sent again. */
export function repeats(world: World, { shell }: Brain): Step[] {
  if (shell.unanswered !== 'SentAgain') return [];
  return world.unanswered.flatMap((write) => {
    const next = sentAgain(world, write);
    return next === undefined ? [] : [pass(`the status of ${write.part} is sent again`, world, next)];
  });
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
