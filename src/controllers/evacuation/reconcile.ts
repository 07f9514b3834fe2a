import { announceBlock } from '../../domain/evacuation/announcements.ts';
import { drainMigration } from '../../domain/evacuation/attempts.ts';
import { planEvacuation, type EvacuationStep, type Flight } from '../../domain/evacuation/plan.ts';
import { ApiError, isRetryable } from '../../kube/api-errors.ts';
import { soonest, type ReconcileResult } from '../../runtime/controller.ts';
import { nextDrainEnd } from '../next-expiry.ts';
import { LEASE_ENDS } from '../unsettled.ts';
import { clearAway } from './clear-away.ts';
import type { EvacuationDeps } from './deps.ts';
import { flightsIn, leavingInstances, type Leaving } from './observe.ts';

/** One pass over all drains of the cluster: what is over or cancelled is cleared away, and what has its turn is begun. */
export async function reconcileEvacuations(deps: EvacuationDeps): Promise<ReconcileResult> {
  if (!deps.mayAct()) return LEASE_ENDS;
  await clearAway(deps);
  return carryOn(deps);
}

async function carryOn(deps: EvacuationDeps): Promise<ReconcileResult> {
  const { world, drain, orders, cancellations } = deps;
  const now = world.now();
  const flights = flightsSeen(deps);
  const leaving = leavingInstances(world);
  const evacuees = leaving.map(({ evacuee }) => cancellations.applyTo(orders.applyTo(evacuee, now)));
  const steps = planEvacuation(evacuees, [...flights, ...orders.flights(now)], drain.limits, now);
  for (const one of leaving) {
    const step = steps.get(one.evacuee.key);
    tellBlock(one, step, deps);
    if (step?.kind === 'Start') await begin(one, step, deps);
  }
  return soonest(...leaving.map((one) => nextLook(one, steps.get(one.evacuee.key), now)));
}

function tellBlock(
  { instance, evacuee }: Leaving,
  step: EvacuationStep | undefined,
  { told, events, world }: EvacuationDeps,
): void {
  const { key, source } = evacuee;
  if (step?.kind !== 'Blocked') {
    told.delete(key);
  } else if (told.get(key) !== step.reason) {
    told.set(key, step.reason);
    events.evacuation(instance, world.nodes.get(source), announceBlock(step));
  }
}

function flightsSeen({ world, orders }: EvacuationDeps): Flight[] {
  const seen = flightsIn(world);
  for (const key of seen.keys()) orders.seen(key);
  return [...seen.values()];
}

async function begin(
  { instance, sight, evacuee }: Leaving,
  step: Extract<EvacuationStep, { kind: 'Start' }>,
  { world, evacuationWriter, orders, logger }: EvacuationDeps,
): Promise<void> {
  const { key, source } = evacuee;
  const order = { flight: { source, destination: step.destination }, at: world.now() };
  orders.note(key, { ...order, outcome: 'Unknown' });
  try {
    await evacuationWriter.start(drainMigration(instance.metadata, sight.request, step));
  } catch (error) {
    // One VM that may not be moved must not hold up the others.
    if (!(error instanceof ApiError) || isRetryable(error)) throw error;
    orders.note(key, { ...order, outcome: 'Refused' });
    logger.warn({ err: error, key }, 'a drain may not make a LiveMigration');
  }
}

const AGAIN = 5_000;

/** Whatever else happens arrives as an event. */
function nextLook({ sight }: Leaving, step: EvacuationStep | undefined, now: number): ReconcileResult {
  if (step?.kind === 'BackOff') return { after: step.waitMs, because: 'the pause after an attempt is over' };
  if (step?.kind === 'Start') return { after: AGAIN, because: 'a migration was begun' };
  if (step === undefined || step.kind === 'Ended') return {};
  // What is under way when the drain has ended comes to its end by itself.
  return nextDrainEnd(sight.request, now);
}
