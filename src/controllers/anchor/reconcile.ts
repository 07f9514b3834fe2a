import type { Instance } from '../../api/instance.ts';
import { RETRY_ANCHOR } from '../../domain/backoff.ts';
import { planAnchors, type AnchorPlan } from '../../domain/anchor/plan.ts';
import { anchorBudget, anchorPod, budgetName } from '../../domain/anchor/pod.ts';
import { ApiError, isNotFound, isRetryable } from '../../kube/api-errors.ts';
import { formatKey, keyOf, type KubeObject } from '../../kube/resource.ts';
import type { ReconcileResult } from '../../runtime/controller.ts';
import type { ControllerDeps } from '../deps.ts';
import { LEASE_ENDS } from '../unsettled.ts';
import type { Anchorage } from './anchorage.ts';
import { observeSight } from './sight.ts';

export interface AnchorDeps extends Pick<ControllerDeps, 'world' | 'mayAct'> {
  readonly anchorage: Anchorage;
  /** Wakes who waits for an anchor: `namespace/name` of an Instance. */
  wake(key: string): void;
}

/** One pass over the anchors of an Instance: observe, plan, carry out. `key` is `namespace/name`. */
export async function reconcileAnchors(key: string, deps: AnchorDeps): Promise<ReconcileResult> {
  const { world, anchorage } = deps;
  const instance = world.instances.get(key);
  if (instance === undefined) {
    anchorage.anchors.refusals.delete(key);
    return {};
  }
  const sight = observeSight(world, instance);
  if (sight === undefined) return {};
  if (!deps.mayAct()) return LEASE_ENDS;
  const plan = planAnchors(sight);
  for (const { name, uid } of plan.remove) await remove(instance, { name, uid }, anchorage);
  return create(instance, plan, deps);
}

async function remove(
  { metadata: { namespace } }: Instance,
  { name, uid }: { readonly name: string; readonly uid: string },
  { pods }: Anchorage,
): Promise<void> {
  try {
    await pods.delete({ namespace, name }, { uid });
  } catch (error) {
    // It is gone, or another one has its name by now.
    if (!isNotFound(error) && !(error instanceof ApiError && error.code === 409)) throw error;
  }
}

async function create(instance: Instance, plan: AnchorPlan, deps: AnchorDeps): Promise<ReconcileResult> {
  const { anchorage } = deps;
  if (plan.create.length === 0) return {};
  const key = formatKey(keyOf(instance));
  const refusal = await refusalOf(async () => {
    await createBudget(instance, anchorage);
    for (const order of plan.create) {
      const [cache] = anchorage.caches;
      cache.upsert(await anchorage.pods.create(anchorPod(order, instance.metadata, anchorage.settings)));
    }
  });
  note(key, refusal, deps);
  return refusal === undefined ? {} : { after: RETRY_ANCHOR, because: `the API server said: ${refusal}` };
}

/** It is there before the first anchor is, and goes with the Instance. */
async function createBudget({ metadata }: Instance, { anchors, budgets, caches }: Anchorage): Promise<void> {
  const name = budgetName(metadata);
  if (anchors.budgets.get(formatKey({ namespace: metadata.namespace, name })) !== undefined) return;
  const [, cache] = caches;
  const budget: KubeObject = anchorBudget(metadata);
  cache.upsert(await budgets.create(budget));
}

/** What the API server will say again: a quota, a limit, a policy. @throws what may be another time */
async function refusalOf(act: () => Promise<void>): Promise<string | undefined> {
  try {
    await act();
    return undefined;
  } catch (error) {
    if (!(error instanceof ApiError) || isRetryable(error)) throw error;
    return error.message;
  }
}

function note(key: string, refusal: string | undefined, deps: AnchorDeps): void {
  const { refusals } = deps.anchorage.anchors;
  if (refusals.get(key) === refusal) return;
  if (refusal === undefined) refusals.delete(key);
  else refusals.set(key, refusal);
  deps.wake(key);
}
