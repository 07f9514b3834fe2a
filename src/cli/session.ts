import { setTimeout as delay } from 'node:timers/promises';
import { INSTANCES, LIVE_MIGRATIONS } from '../api/resources.ts';
import type { Connection } from '../kube/connection.ts';
import { isGone, isRetryable } from '../kube/api-errors.ts';
import { ResourceClient } from '../kube/resource-client.ts';
import { collectionPath, keyOf, type KubeObject, type Resource } from '../kube/resource.ts';
import { Transport, type WatchEvent } from '../kube/transport.ts';
import type { Terminal } from './terminal.ts';

/** What a verb has to do its work with. */
export interface Session {
  /** Of the command line, else of the context. */
  readonly namespace: string;
  readonly transport: Transport;
  readonly instances: ResourceClient<KubeObject>;
  readonly migrations: ResourceClient<KubeObject>;
  readonly terminal: Terminal;
  /** Aborted when the user has had enough. */
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** What a session is made from. */
export interface SessionParts {
  readonly connection: Connection;
  readonly namespace: string;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

/** How long a request may take; a person waits for it. Milliseconds. */
const REQUEST_TIMEOUT = 15_000;

export function openSession({ connection, ...parts }: SessionParts): Session {
  const transport = new Transport(connection, {
    userAgent: 'kubectl-medevac',
    timeoutMs: REQUEST_TIMEOUT,
    onWarning: (text) => parts.terminal.tell(`Warning: ${text}`),
  });
  return {
    ...parts,
    transport,
    instances: new ResourceClient(transport, INSTANCES, { signal: parts.signal }),
    migrations: new ResourceClient(transport, LIVE_MIGRATIONS, { signal: parts.signal }),
    now: Date.now,
  };
}

/** What is watched: a kind, in a namespace or all, or one object of it; from a resourceVersion on. */
export interface Watched {
  readonly resource: Resource;
  readonly namespace?: string | undefined;
  readonly name?: string;
  readonly resourceVersion: string;
}

export interface Change {
  readonly type: Exclude<WatchEvent['type'], 'BOOKMARK'>;
  readonly object: KubeObject;
}

/** The API server ends a watch after this; it is taken up where it ended. */
const WATCH_SECONDS = 300;
/** It sends a bookmark a minute. Milliseconds. */
const IDLE_TIMEOUT = 75_000;
const RECONNECT_AFTER = 1_000;

/**
 * Changes until the signal is aborted, also over the end of a watch and of an API server. Where what came between can't
 * be had any more, each object that is there comes once as ADDED.
 */
export async function* changesOf(
  session: Session,
  watched: Watched,
  signal: AbortSignal,
): AsyncGenerator<Change, void, undefined> {
  const at: Position = { resourceVersion: watched.resourceVersion };
  for (;;) {
    try {
      yield* watchOnce(session, { ...watched, at }, signal);
    } catch (error) {
      // An empty version gives everything that is there, and goes on from it.
      if (isGone(error)) at.resourceVersion = '';
      else if (!isRetryable(error)) throw error;
      await delay(RECONNECT_AFTER, undefined, { signal }).catch(() => undefined);
    }
    if (signal.aborted) return;
  }
}

/** Where a watch is taken up. */
interface Position {
  resourceVersion: string;
}

async function* watchOnce(
  { transport }: Session,
  { resource, namespace, name, at }: Omit<Watched, 'resourceVersion'> & { readonly at: Position },
  signal: AbortSignal,
): AsyncGenerator<Change, void, undefined> {
  const query = {
    watch: true,
    allowWatchBookmarks: true,
    timeoutSeconds: WATCH_SECONDS,
    resourceVersion: at.resourceVersion,
    ...(name !== undefined && { fieldSelector: `metadata.name=${name}` }),
  };
  const request = { method: 'GET', path: collectionPath(resource, namespace), query } as const;
  for await (const event of transport.watch(request, { signal, idleTimeoutMs: IDLE_TIMEOUT })) {
    const object = event.object as KubeObject;
    at.resourceVersion = object.metadata.resourceVersion ?? at.resourceVersion;
    if (event.type !== 'BOOKMARK') yield { type: event.type, object };
  }
}

/** One object, and its versions after it; ends with `undefined` where it is deleted. */
export async function* versionsOf(
  session: Session,
  resource: Resource,
  first: KubeObject,
  signal: AbortSignal,
): AsyncGenerator<KubeObject | undefined, void, undefined> {
  yield first;
  const { uid, resourceVersion = '' } = first.metadata;
  const changes = changesOf(session, { resource, ...keyOf(first), resourceVersion }, signal);
  for await (const { type, object } of changes) {
    if (type === 'DELETED' || object.metadata.uid !== uid) {
      yield undefined;
      return;
    }
    yield object;
  }
}
