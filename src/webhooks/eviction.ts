import type { Logger } from 'pino';
import { z } from 'zod';
import type { Instance } from '../api/instance.ts';
import { flightsIn, leavingInstance, leavingInstances } from '../controllers/evacuation/observe.ts';
import type { EvacuationWriter } from '../controllers/evacuation/writer.ts';
import { observeInstance, type World } from '../controllers/world.ts';
import { planEvacuation, type EvacuationLimits } from '../domain/evacuation/plan.ts';
import { isFinished, tenantOf } from '../domain/evacuation/pod.ts';
import { isNoted, type EvictionNote } from '../domain/evacuation/request.ts';
import { besideGuestText, evacuationText } from '../domain/evacuation/texts.ts';
import { ownVm } from '../domain/instance/observation.ts';
import type { RunningVm } from '../domain/observed.ts';
import { ADMITTED } from '../domain/verdict.ts';
import { formatKey, keyOf } from '../kube/resource.ts';
import type { FindPod, FoundPod } from './find-pod.ts';
import type { AdmissionRequest, Answer, AskingJudge } from './review.ts';

export interface EvictionJudgeOptions {
  readonly world: World;
  readonly findPod: FindPod;
  /** Writes down on an Instance that its eviction was asked for. */
  readonly writer: Pick<EvacuationWriter, 'note'>;
  readonly limits: EvacuationLimits;
  readonly logger: Logger;
}

/** What an Eviction carries beside the name of its pod. */
const Eviction = z.object({
  deleteOptions: z.object({ dryRun: z.array(z.string()).default([]) }).prefault({}),
});

/** The guest of one of our Instances in a pod that is to be evicted. */
interface Guest {
  readonly instance: Instance;
  readonly running: RunningVm;
}

/**
 * Judges evictions: a pod with the guest of an Instance is never evicted. That it was asked for is noted, so that the
 * guest is moved; and how far that is, is the answer, which a drain prints each time that it asks.
 */
export function judgeEviction(options: EvictionJudgeOptions): AskingJudge {
  return async (request) => {
    if (request.operation !== 'CREATE' || request.name === '') return ADMITTED;
    const pod = await options.findPod(request);
    if (pod === undefined || isFinished(pod)) return ADMITTED;
    const guest = guestIn(options.world, pod);
    return guest === undefined ? ADMITTED : refuse(options, request, pod, guest);
  };
}

/** `undefined`: none of ours. Of another boot KubeVirt knows more. */
function guestIn(world: World, pod: FoundPod): Guest | undefined {
  const tenant = tenantOf(pod);
  const instance = tenant && world.instances.get(formatKey(tenant));
  if (instance === undefined) return undefined;
  const running = ownVm(observeInstance(world, instance))?.running;
  return running?.bootId === tenant?.bootId && running !== undefined ? { instance, running } : undefined;
}

async function refuse(
  options: EvictionJudgeOptions,
  request: AdmissionRequest,
  pod: FoundPod,
  { instance, running }: Guest,
): Promise<Answer> {
  const key = formatKey(keyOf(instance));
  const { world, writer, logger } = options;
  // A guest that is being booted is in its only pod, and not said to be anywhere yet.
  const node = running.node ?? pod.node;
  if (node === undefined || pod.node !== node) return tooEarly(besideGuestText(key, running.node));
  const now = world.now();
  const asked = { node, podUID: pod.uid, requestedAt: new Date(now).toISOString() };
  if (!isDryRun(request) && !isNoted(instance.status?.evacuation, asked, now)) {
    await writer.note(instance, asked).catch((error: unknown) => {
      logger.warn({ err: error, key }, 'an eviction could not be noted; it will be asked for again');
    });
  }
  return tooEarly(textFor(options, instance, asked));
}

function isDryRun({ dryRun, object }: AdmissionRequest): boolean {
  const { data } = Eviction.safeParse(object);
  return dryRun || data?.deleteOptions.dryRun.includes('All') === true;
}

function tooEarly(message: string): Answer {
  return { kind: 'Refused', code: 429, reason: 'EvictionHeld', message };
}

/** What the leader will make of it, which plans in the same way. */
function textFor({ world, limits }: EvictionJudgeOptions, instance: Instance, asked: EvictionNote): string {
  const key = formatKey(keyOf(instance));
  const status = { observedGeneration: -1, ...instance.status, evacuation: asked };
  const leaving = leavingInstance(world, { ...instance, status });
  if (leaving === undefined) return besideGuestText(key, undefined);
  const others = leavingInstances(world).filter(({ evacuee }) => evacuee.key !== key);
  const evacuees = [leaving, ...others].map(({ evacuee }) => evacuee);
  const step = planEvacuation(evacuees, [...flightsIn(world).values()], limits, world.now()).get(key);
  return evacuationText(key, asked.node, step ?? { kind: 'Ended', because: 'NotAskedAgain' });
}
