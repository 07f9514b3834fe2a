/**
 * What a controller does in one pass, as a value: a generator that yields its writes one by one and is given the API
 * server's answer to each (or its error, thrown into it). So a controller stays pure — view in, writes out — and the
 * order of its writes can be tested without a server, while it still reads like the original, which works on from what
 * a write returned.
 */
import type { JsonPatchOperation } from '../../../src/kube/resource-client.ts';
import { keyOf } from '../../../src/kube/resource.ts';
import type { ObjectKey } from '../../../src/kube/resource.ts';
import type { Kind, Kinds } from '../objects/kinds.ts';
import type { Meta, Stored } from '../objects/stored.ts';

interface On {
  readonly kind: Kind;
  readonly key: ObjectKey;
  /**
   * Put the answer into the cache at once. KubeVirt's controllers keep "expectations" for such writes and do nothing
   * until their watch has shown them; all other writes are seen only when the watch delivers them, which is why they
   * lose writes to each other so often.
   */
  readonly expected?: boolean;
}

export type Write =
  | (On & { readonly verb: 'create' | 'update'; readonly object: Stored; readonly subresource?: string })
  | (On & {
      readonly verb: 'patch';
      readonly patch: readonly JsonPatchOperation[] | object;
      readonly type?: 'json' | 'strategic';
      readonly subresource?: string;
    })
  | (On & { readonly verb: 'delete'; readonly gracePeriodSeconds?: number })
  | (On & { readonly verb: 'event'; readonly regarding: Stored; readonly event: EventText })
  | (On & { readonly verb: 'requeue'; readonly afterMs: number });

export interface EventText {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  /** `source.component`. */
  readonly component: string;
}

export type Plan<R = void> = Generator<Write, R, Stored | undefined>;

/** An object to be created: the server gives the rest of the metadata. */
export type Fresh<T extends Stored> = Omit<T, 'metadata'> & { metadata: Partial<Meta> };

interface Options {
  readonly subresource?: string;
  readonly expected?: boolean;
}

export function* create<K extends Kind>(
  kind: K,
  object: Fresh<Kinds[K]>,
  options: Options = {},
): Plan<Kinds[K]> {
  const fresh = { ...object, metadata: { name: '', ...object.metadata } } as Stored;
  return (yield { verb: 'create', kind, key: keyOf(fresh), object: fresh, ...options }) as Kinds[K];
}

/** PUT of the whole object; refused with 409 when its resourceVersion is not the latest. */
export function* update<K extends Kind>(kind: K, object: Kinds[K], options: Options = {}): Plan<Kinds[K]> {
  return (yield { verb: 'update', kind, key: keyOf(object), object, ...options }) as Kinds[K];
}

export function* jsonPatch<K extends Kind>(
  kind: K,
  object: Kinds[K],
  patch: readonly JsonPatchOperation[],
  options: Options = {},
): Plan<Kinds[K]> {
  return (yield { verb: 'patch', kind, key: keyOf(object), patch, ...options }) as Kinds[K];
}

export function* strategicPatch<K extends Kind>(
  kind: K,
  object: Kinds[K],
  patch: object,
  options: Options = {},
): Plan<Kinds[K]> {
  return (yield {
    verb: 'patch',
    type: 'strategic',
    kind,
    key: keyOf(object),
    patch,
    ...options,
  }) as Kinds[K];
}

export function* remove(
  kind: Kind,
  key: ObjectKey,
  options: { readonly gracePeriodSeconds?: number; readonly expected?: boolean } = {},
): Plan {
  yield { verb: 'delete', kind, key, ...options };
}

export function* event(kind: Kind, regarding: Stored, text: EventText): Plan {
  yield { verb: 'event', kind, key: keyOf(regarding), regarding, event: text };
}

/** Another pass for the object after so many milliseconds, whatever happens until then. */
export function* requeue(kind: Kind, object: Stored, afterMs: number): Plan {
  yield { verb: 'requeue', kind, key: keyOf(object), afterMs };
}

/** Runs a plan; the pass ends with the first error that the plan does not catch. */
export async function perform(
  plan: Plan,
  write: (step: Write) => Promise<Stored | undefined>,
): Promise<void> {
  let step = plan.next();
  while (step.done !== true) {
    step = await advance(plan, step.value, write);
  }
}

async function advance(
  plan: Plan,
  step: Write,
  write: (step: Write) => Promise<Stored | undefined>,
): Promise<IteratorResult<Write, void>> {
  let answer: Stored | undefined;
  try {
    answer = await write(step);
  } catch (error) {
    return plan.throw(error);
  }
  return plan.next(answer);
}
