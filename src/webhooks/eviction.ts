import type { Logger } from 'pino';
import * as z from 'zod';
import type { Instance } from '../api/instance.ts';
import { flightsIn, leavingInstance, leavingInstances } from '../controllers/evacuation/observe.ts';
import type { EvacuationWriter } from '../controllers/evacuation/writer.ts';
import { observeInstance } from '../controllers/observe.ts';
import type { World } from '../controllers/world.ts';
import { hostNameOf } from '../domain/anchor/host.ts';
import { needsPlace } from '../domain/anchor/plan.ts';
import {
  planEvacuation,
  type EvacuationLimits,
  type Evacuee,
  type Flight,
} from '../domain/evacuation/plan.ts';
import { isFinished, tenantOf } from '../domain/evacuation/pod.ts';
import { isNoted, type EvictionNote } from '../domain/evacuation/request.ts';
import { besideGuestText, emptyAnchorText, evacuationText } from '../domain/evacuation/texts.ts';
import { ownVm, targetOf, type InstanceObservation } from '../domain/instance/observation.ts';
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

/** An Instance that a pod stands for which is to be evicted. */
interface Guest {
  readonly instance: Instance;
  /** Node that its VM is on; `undefined`: it is being booted, and not said to be anywhere yet. */
  readonly node: string | undefined;
  /** Whether the VM takes no place any more, so that the pod goes by itself. */
  readonly isOff: boolean;
}

/**
 * Judges evictions: a pod that stands for the guest of an Instance is never evicted. That it was asked for is noted, so that the
 * guest is moved; and how far that is, is the answer, which a drain prints each time that it asks.
 */
export function judgeEviction(given: EvictionJudgeOptions): AskingJudge {
  const options = { ...given, drains: new RecentDrains(given.world) };
  return async (request) => {
    if (request.operation !== 'CREATE' || request.name === '') return ADMITTED;
    const pod = await options.findPod(request);
    if (pod === undefined || isFinished(pod)) return ADMITTED;
    const guest = guestIn(options.world, pod);
    return guest === undefined ? ADMITTED : refuse(options, request, pod, guest);
  };
}

/** `undefined`: none of ours. */
function guestIn(world: World, pod: FoundPod): Guest | undefined {
  const tenant = tenantOf(pod);
  const instance = tenant && world.instances.get(formatKey(tenant));
  if (tenant === undefined || instance === undefined) return undefined;
  const observation = observeInstance(world, instance);
  return tenant.kind === 'Boot'
    ? guestOfBoot(observation, tenant.bootId)
    : guestOfAnchor(observation, tenant.instanceUid, world.now());
}

/** Of another boot KubeVirt knows more. */
function guestOfBoot(observation: InstanceObservation, bootId: string): Guest | undefined {
  const running = ownVm(observation)?.running;
  if (running?.bootId !== bootId) return undefined;
  return { instance: observation.instance, node: running.node, isOff: false };
}

/** An anchor is of no meaning where Kubernetes does not place the VM. */
function guestOfAnchor(observation: InstanceObservation, uid: string, now: number): Guest | undefined {
  const { instance, placement } = observation;
  if (placement === undefined || instance.metadata.uid !== uid) return undefined;
  const target = targetOf(observation, new Date(now).toISOString());
  const node = hostNameOf({ instance, vm: ownVm(observation) });
  return { instance, node, isOff: !needsPlace({ observation, target }) };
}

type Means = EvictionJudgeOptions & { readonly drains: RecentDrains };

async function refuse(
  options: Means,
  request: AdmissionRequest,
  pod: FoundPod,
  { instance, node = pod.node, isOff }: Guest,
): Promise<Answer> {
  const key = formatKey(keyOf(instance));
  if (isOff) return tooEarly(emptyAnchorText(key));
  if (node === undefined || pod.node !== node) return tooEarly(besideGuestText(key, node));
  const asked = { node, podUID: pod.uid, requestedAt: new Date(options.world.now()).toISOString() };
  if (!isDryRun(request)) await note(options, instance, asked);
  return tooEarly(textFor(options, instance, asked));
}

async function note(
  { world, writer, logger }: EvictionJudgeOptions,
  instance: Instance,
  asked: EvictionNote,
): Promise<void> {
  if (isNoted(instance.status?.evacuation, asked, world.now())) return;
  await writer.note(instance, asked).catch((error: unknown) => {
    const key = formatKey(keyOf(instance));
    logger.warn({ err: error, key }, 'an eviction could not be noted; it will be asked for again');
  });
}

function isDryRun({ dryRun, object }: AdmissionRequest): boolean {
  const { data } = Eviction.safeParse(object);
  return dryRun || data?.deleteOptions.dryRun.includes('All') === true;
}

function tooEarly(message: string): Answer {
  return { kind: 'Refused', code: 429, reason: 'EvictionHeld', message };
}

/** What the leader will make of it, which plans in the same way. */
function textFor({ world, limits, drains }: Means, instance: Instance, asked: EvictionNote): string {
  const key = formatKey(keyOf(instance));
  const status = { observedGeneration: -1, ...instance.status, evacuation: asked };
  const leaving = leavingInstance(world, { ...instance, status });
  if (leaving === undefined) return besideGuestText(key, undefined);
  const { evacuees, flights } = drains.with(leaving.evacuee);
  const step = planEvacuation(evacuees, flights, limits, world.now()).get(key);
  return evacuationText(key, asked.node, step ?? { kind: 'Ended', because: 'NotAskedAgain' });
}

/** All VMs that are to leave, and all migrations that are under way. */
interface Drains {
  readonly evacuees: readonly Evacuee[];
  readonly flights: readonly Flight[];
}

/** Milliseconds. */
const LOOK_AGAIN = 1_000;

/**
 * All drains as they were a second ago at most, and the VMs that were asked for since. A drain of 500 VMs asks a hundred
 * times a second, and each answer has a place among all of them.
 */
class RecentDrains {
  readonly #world: World;
  #seenAt = -Infinity;
  #evacuees = new Map<string, Evacuee>();
  #flights: readonly Flight[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  /** With a VM as it is at this moment. */
  with(evacuee: Evacuee): Drains {
    const age = this.#world.now() - this.#seenAt;
    if (age < 0 || age >= LOOK_AGAIN) this.#look();
    // kubectl asks for all pods of a node at once: who comes next has its place behind those that have just come.
    this.#evacuees.set(evacuee.key, evacuee);
    return { evacuees: [...this.#evacuees.values()], flights: this.#flights };
  }

  #look(): void {
    this.#seenAt = this.#world.now();
    this.#evacuees = new Map(leavingInstances(this.#world).map(({ evacuee }) => [evacuee.key, evacuee]));
    this.#flights = [...flightsIn(this.#world).values()];
  }
}
