import { createHash } from 'node:crypto';
import { microTime } from './micro-time.ts';
import type { KubeObject, ObjectKey, Resource } from './resource.ts';

/** What users read in `kubectl describe` and `kubectl events`. */
export interface EventRecord {
  readonly type: 'Normal' | 'Warning';
  /** PascalCase, why: `RescueStarted`. */
  readonly reason: string;
  /** PascalCase, what was done or tried: `Rescue`. */
  readonly action: string;
  /** For people; cut at 1024 bytes. */
  readonly note: string;
  /** A second object that it is about, such as the Node. */
  readonly related?: KubeObject;
}

/** Who reports. */
export interface EventReporter {
  /** `reportingComponent`, for example `compute.medevac.dev/operator`. */
  readonly controller: string;
  /** `reportingInstance`: name of the pod. */
  readonly instance: string;
}

/**
 * Of the core group: `kubectl describe` puts Events in the order of a time that the API events.k8s.io does not let anybody
 * set, and shows those without it in the order of their names (docs/adr/0064-events-in-their-order.md).
 */
export const EVENTS: Resource = {
  group: '',
  version: 'v1',
  plural: 'events',
  kind: 'Event',
  namespaced: true,
};

/** Limits of the Event validation. */
const LONGEST_NOTE_BYTES = 1024;
const LONGEST_NAME = 253;
const HASH_LENGTH = 16;
/** Where Events about cluster-scoped objects live. */
const CLUSTER_EVENTS_NAMESPACE = 'default';

/** Equal records about one object have one name, whoever reports them and whenever. */
export function eventKey(regarding: KubeObject, event: EventRecord): ObjectKey {
  const { uid, name, namespace } = regarding.metadata;
  const content = [uid, event.type, event.reason, event.action, event.note, event.related?.metadata.uid];
  const hash = createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, HASH_LENGTH);
  return {
    namespace: namespace ?? CLUSTER_EVENTS_NAMESPACE,
    name: `${name.slice(0, LONGEST_NAME - HASH_LENGTH - 1)}.${hash}`,
  };
}

/** The Event as it is created, without a series. @param at milliseconds since the epoch */
export function eventObject(
  regarding: KubeObject,
  event: EventRecord,
  reporter: EventReporter,
  at: number,
): KubeObject {
  const related = event.related && { related: reference(event.related) };
  return {
    metadata: { ...eventKey(regarding, event) },
    eventTime: microTime(at),
    firstTimestamp: secondOf(at),
    reportingComponent: reporter.controller,
    reportingInstance: reporter.instance,
    action: event.action,
    reason: event.reason,
    type: event.type,
    involvedObject: reference(regarding),
    message: cutNote(event.note),
    ...related,
  } as KubeObject;
}

/** How often it was seen, and when last: what a repeat changes. A series has at least two; the first Event has none. */
export function eventCount(count: number, lastObserved: number): object {
  const series = { count, lastObservedTime: microTime(lastObserved) };
  return { count, lastTimestamp: secondOf(lastObserved), ...(count < 2 ? {} : { series }) };
}

/** metav1.Time, of whole seconds. */
function secondOf(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+/, '');
}

function reference(object: KubeObject): object {
  const { namespace, name, uid, resourceVersion } = object.metadata;
  return { apiVersion: object.apiVersion, kind: object.kind, namespace, name, uid, resourceVersion };
}

/** A streaming decoder leaves out the character that the cut went through. */
function cutNote(note: string): string {
  const bytes = Buffer.from(note);
  return bytes.length <= LONGEST_NOTE_BYTES
    ? note
    : new TextDecoder().decode(bytes.subarray(0, LONGEST_NOTE_BYTES), { stream: true });
}
