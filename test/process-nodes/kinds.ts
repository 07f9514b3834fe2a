import * as z from 'zod';
import type { Resource } from '../../src/kube/resource.ts';
import type { Reflector } from '../../src/runtime/reflector.ts';

const core = (plural: string, kind: string, namespaced: boolean): Resource => ({
  group: '',
  version: 'v1',
  plural,
  kind,
  namespaced,
});

export const NODES = core('nodes', 'Node', false);
export const PODS = core('pods', 'Pod', true);
export const SERVICES = core('services', 'Service', true);

const Meta = z.looseObject({
  name: z.string(),
  namespace: z.string().default(''),
  uid: z.string(),
  labels: z.record(z.string(), z.string()).default({}),
  deletionTimestamp: z.string().exactOptional(),
  deletionGracePeriodSeconds: z.number().exactOptional(),
});

const Probe = z.object({
  httpGet: z.object({ path: z.string(), port: z.union([z.string(), z.number()]) }),
  failureThreshold: z.int().default(3),
});

const Container = z.object({
  name: z.string(),
  image: z.string(),
  args: z.array(z.string()).default([]),
  env: z
    .array(
      z.object({
        name: z.string(),
        value: z.string().default(''),
        valueFrom: z.object({ fieldRef: z.object({ fieldPath: z.string() }) }).optional(),
      }),
    )
    .default([]),
  ports: z.array(z.object({ name: z.string(), containerPort: z.number() })).default([]),
  readinessProbe: Probe.optional(),
  lifecycle: z.object({ preStop: z.object({ sleep: z.object({ seconds: z.number() }) }) }).optional(),
});
export type Container = z.infer<typeof Container>;

/** A Pod of one container, as far as it is carried out here. */
export const Pod = z.looseObject({
  metadata: Meta,
  spec: z.looseObject({
    nodeName: z.string().optional(),
    serviceAccountName: z.string().default('default'),
    containers: z.tuple([Container]),
  }),
  status: z
    .looseObject({
      podIP: z.string().optional(),
      conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
    })
    .optional(),
});
export type Pod = z.infer<typeof Pod>;

export const Service = z.looseObject({
  metadata: Meta,
  spec: z.looseObject({
    clusterIP: z.string().default(''),
    selector: z.record(z.string(), z.string()).optional(),
    ports: z.array(z.object({ port: z.number(), targetPort: z.union([z.string(), z.number()]) })),
  }),
});
export type Service = z.infer<typeof Service>;

export type Pods = Reflector<Pod>['store'];

/** The number of a port that a Pod may have a name for. */
export function portOf({ ports }: Container, port: string | number): number {
  if (typeof port === 'number') return port;
  const named = ports.find(({ name }) => name === port);
  if (named === undefined) throw new Error(`no container port is named ${port}`);
  return named.containerPort;
}

export function isReady({ metadata, status }: Pod): boolean {
  const ready = status?.conditions.some(({ type, status: is }) => type === 'Ready' && is === 'True');
  return ready === true && metadata.deletionTimestamp === undefined;
}
