import type { Instance } from '../../api/instance.ts';
import { REPEAT_ORDER, retryAfter } from '../../domain/backoff.ts';
import {
  decideInstance,
  isOperating,
  isWriteOfInstance,
  type InstanceDecision,
} from '../../domain/instance/decide.ts';
import { isToBeRemoved } from '../../domain/instance/leftover.ts';
import { isNeverBegun, nextInstanceStatus } from '../../domain/instance/status.ts';
import { isFailure, type Outcome } from '../../domain/outcome.ts';
import { formatKey, keyOf, parseKey } from '../../kube/resource.ts';
import { soonest, type ReconcileResult } from '../../runtime/controller.ts';
import type { ControllerDeps } from '../deps.ts';
import { nextDrainEnd, nextExpiry } from '../next-expiry.ts';
import { reconcileUnreadable } from '../unreadable.ts';
import { LEASE_ENDS, OVERTAKEN, UNSETTLED } from '../unsettled.ts';
import { observeInstance } from '../observe.ts';
import { ownerOf } from '../world.ts';
import { act } from './act.ts';
import type { Attempt, Refusals } from './refusals.ts';

/** One pass over an Instance: observe, decide, act, write. `key` is `namespace/name`. */
export async function reconcileInstance(
  key: string,
  deps: ControllerDeps,
  refusals: Refusals,
): Promise<ReconcileResult> {
  if (!deps.mayAct()) return LEASE_ENDS;
  const unreadable = deps.world.unreadable.instances.get(key);
  if (unreadable !== undefined) {
    return reconcileUnreadable('Instance', unreadable, deps.unreadableInstanceStatus, deps);
  }
  const instance = deps.world.instances.get(key);
  if (instance === undefined) {
    refusals.forget(key);
    return removeLeftover(key, deps);
  }
  return (await deps.instanceStatus.settle(instance))
    ? reconcileReadable(instance, deps, refusals)
    : UNSETTLED;
}

async function reconcileReadable(
  instance: Instance,
  deps: ControllerDeps,
  refusals: Refusals,
): Promise<ReconcileResult> {
  const observation = observeInstance(deps.world, instance);
  const time = deps.world.now();
  const now = new Date(time).toISOString();
  const decision = decideInstance(observation, now);
  const attempt = attemptOf(instance, decision, time);
  if (isOrder(decision) && !(await deps.instanceStatus.isNewest(instance))) return OVERTAKEN;
  if (!deps.mayAct()) return LEASE_ENDS;
  const means = { driver: deps.world.driverOf(instance), finalizers: deps.instanceFinalizers };
  const outcome = await refusals.answer(attempt, () => act(observation, decision, means));
  // It is another object now: its event brings us back.
  if (isWriteOfInstance(decision) && outcome.kind === 'Accepted') return {};
  const status = nextInstanceStatus(observation, decision, { outcome, now });
  const written = await deps.instanceStatus.write(instance, status);
  if (written.kind === 'conflict') return OVERTAKEN;
  if (written.kind === 'written') deps.events.instanceChanged(observation, status);
  return soonest(
    nextLook(decision, outcome, attempt, refusals),
    nextExpiry(status.rescue, now),
    nextDrainEnd(status.evacuation, time),
  );
}

/** It is given on the newest state only: a lock that another process has taken may be given back by now. */
function isOrder({ action }: InstanceDecision): boolean {
  return action.kind !== 'None';
}

/** An edit makes another order of it. */
function attemptOf(
  { metadata, status }: Instance,
  { action, target }: InstanceDecision,
  now: number,
): Attempt {
  const order = { action, target, generation: metadata.generation };
  return { key: formatKey(keyOf({ metadata })), order, begun: status?.operation?.startedAt, now };
}

function nextLook(
  decision: InstanceDecision,
  outcome: Outcome,
  { key, begun, now }: Attempt,
  refusals: Refusals,
): ReconcileResult {
  if (isNeverBegun(decision, outcome)) return {};
  if (isFailure(outcome)) {
    const after = refusals.left(key, now) ?? retryAfter(outcome, begun, now);
    return { after, because: `the driver said: ${outcome.message}` };
  }
  if (decision.action.kind === 'AbortMigration') {
    return { after: REPEAT_ORDER, because: 'a migration whose LiveMigration is gone is being aborted' };
  }
  if (isOperating(decision) && begun !== undefined) {
    return { after: REPEAT_ORDER, because: 'an operation is under way' };
  }
  return {};
}

/** The VM of an Instance that is gone. */
async function removeLeftover(key: string, deps: ControllerDeps): Promise<ReconcileResult> {
  const { world } = deps;
  // There may be an Instance that is not ours to see.
  if (!world.serves(parseKey(key).namespace)) return {};
  const driver = world.driverOf(undefined);
  const { capabilities } = driver;
  const vm = driver.observe(parseKey(key));
  const vmOwner = vm && ownerOf(world, vm);
  if (!isToBeRemoved({ vm, vmOwner, capabilities })) return {};
  const outcome = await driver.remove(parseKey(key));
  if (!isFailure(outcome)) return {};
  return {
    after: retryAfter(outcome, undefined, deps.world.now()),
    because: `the driver said: ${outcome.message}`,
  };
}
