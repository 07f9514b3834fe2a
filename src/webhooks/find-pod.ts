import { PODS } from '../api/resources.ts';
import * as z from 'zod';
import type { VmPod } from '../domain/evacuation/pod.ts';
import { isNotFound } from '../kube/api-errors.ts';
import { ResourceClient } from '../kube/resource-client.ts';
import type { ObjectKey } from '../kube/resource.ts';
import type { Transport } from '../kube/transport.ts';
import { QUESTION_TIMEOUT_MS } from './review.ts';

const Pod = z.object({
  metadata: z.object({
    namespace: z.string(),
    uid: z.string(),
    labels: z.record(z.string(), z.string()).default({}),
    annotations: z.record(z.string(), z.string()).default({}),
    ownerReferences: z
      .array(z.object({ kind: z.string(), uid: z.string(), controller: z.boolean().default(false) }))
      .default([]),
  }),
  spec: z.object({ nodeName: z.string().optional() }),
  status: z.object({ phase: z.string().default('') }).prefault({}),
});

/** A pod whose eviction is asked for. */
export interface FoundPod extends VmPod {
  readonly uid: string;
  readonly node: string | undefined;
}

export type FindPod = (key: ObjectKey) => Promise<FoundPod | undefined>;

/** Asks the API server: pods are not watched, since only those that are evicted matter (docs/adr/0031). */
export function podFinder(transport: Transport): FindPod {
  const client = new ResourceClient(transport, PODS, { timeoutMs: QUESTION_TIMEOUT_MS });
  return async (key) => {
    try {
      return readPod(await client.get(key));
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  };
}

function readPod(raw: unknown): FoundPod {
  const { metadata, spec, status } = Pod.parse(raw);
  const controller = metadata.ownerReferences.find((owner) => owner.controller);
  return { ...metadata, controller, node: spec.nodeName, phase: status.phase };
}
