import { apiVersionOf, collectionPath, objectPath } from '../../../src/kube/resource.ts';
import type { ApiRequest, Transport } from '../../../src/kube/transport.ts';
import { resources } from '../objects/kinds.ts';
import type { Kind } from '../objects/kinds.ts';
import type { Stored } from '../objects/stored.ts';
import type { EventText, Write } from './plan.ts';

const patchTypes = {
  json: 'application/json-patch+json',
  strategic: 'application/strategic-merge-patch+json',
} as const;

/** Sends the writes of plans as one user. */
export class Writer {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** @returns what the server stored. @throws ApiError, ConnectionError */
  async write(step: Exclude<Write, { verb: 'requeue' | 'event' }>): Promise<Stored> {
    return await this.#transport.request<Stored>(requestOf(step));
  }

  async event(kind: Kind, regarding: Stored, text: EventText): Promise<void> {
    const namespace = regarding.metadata.namespace ?? 'default';
    await this.#transport.request({
      method: 'POST',
      path: `/api/v1/namespaces/${namespace}/events`,
      body: eventOf(kind, regarding, { ...text, namespace }),
    });
  }
}

function requestOf(step: Exclude<Write, { verb: 'requeue' | 'event' }>): ApiRequest {
  const resource = resources[step.kind];
  switch (step.verb) {
    case 'create':
      return step.subresource === undefined
        ? {
            method: 'POST',
            path: collectionPath(resource, step.key.namespace),
            body: typed(step.kind, step.object),
          }
        : { method: 'POST', path: objectPath(resource, step.key, step.subresource), body: step.object };
    case 'update':
      return {
        method: 'PUT',
        path: objectPath(resource, step.key, step.subresource),
        body: typed(step.kind, step.object),
      };
    case 'patch':
      return {
        method: 'PATCH',
        path: objectPath(resource, step.key, step.subresource),
        contentType: patchTypes[step.type ?? 'json'],
        body: step.patch,
      };
    case 'delete':
      return {
        method: 'DELETE',
        path: objectPath(resource, step.key),
        ...(step.gracePeriodSeconds !== undefined && {
          body: { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: step.gracePeriodSeconds },
        }),
      };
  }
}

function typed(kind: Kind, object: Stored): Stored {
  return { ...object, apiVersion: apiVersionOf(resources[kind]), kind };
}

function eventOf(kind: Kind, regarding: Stored, text: EventText & { namespace: string }): object {
  const time = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  const { namespace, type, reason, message, component } = text;
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { generateName: `${regarding.metadata.name}.`, namespace },
    involvedObject: {
      apiVersion: apiVersionOf(resources[kind]),
      kind,
      name: regarding.metadata.name,
      namespace: regarding.metadata.namespace,
      uid: regarding.metadata.uid,
      resourceVersion: regarding.metadata.resourceVersion,
    },
    type,
    reason,
    message,
    source: { component },
    reportingComponent: component,
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
  };
}
