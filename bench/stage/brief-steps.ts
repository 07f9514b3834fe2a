import type { KubeObject } from '../../src/kube/resource.ts';
import type { JsonPatchOperation } from '../../src/kube/resource-client.ts';

/** A VirtualMachine, as far as it is played. */
export interface Machine extends KubeObject {
  readonly spec: {
    readonly runStrategy?: string;
    readonly template: { readonly metadata?: Partial<KubeObject['metadata']>; readonly spec?: object };
  };
  readonly status?: {
    readonly ready?: boolean;
    readonly stateChangeRequests?: readonly { readonly action: string; readonly uid?: string }[];
  };
}

export interface Running extends KubeObject {
  readonly spec?: object;
  readonly status?: { readonly phase?: string };
}

/** The next write of KubeVirt. */
export type Step =
  | { readonly kind: 'Create'; readonly instance: KubeObject }
  | { readonly kind: 'Run'; readonly patch: readonly JsonPatchOperation[] }
  | { readonly kind: 'Delete'; readonly uid: string }
  | { readonly kind: 'Report'; readonly status: object };

/**
 * KubeVirt in brief: a VM that should run gets an instance, which is scheduled, then runs; one that is to be restarted
 * loses it first. Three writes a start, where the real one makes thirty.
 */
export function nextStep(machine: Machine, instance: Running | undefined, node: string): Step | undefined {
  return instance === undefined ? stepWithout(machine) : stepWith(machine, instance, node);
}

function stepWithout(machine: Machine): Step | undefined {
  // A restart is over when what it was to end is gone.
  if (requestsOf(machine).length > 0) {
    return { kind: 'Report', status: { ...reported(false), stateChangeRequests: null } };
  }
  return machine.spec.runStrategy === 'Always'
    ? { kind: 'Create', instance: instanceOf(machine) }
    : undefined;
}

function stepWith(machine: Machine, { metadata, status }: Running, node: string): Step | undefined {
  const { uid = '' } = metadata;
  if (requestsOf(machine).some((request) => request.uid === uid)) return { kind: 'Delete', uid };
  if (status?.phase !== 'Running') {
    return { kind: 'Run', patch: [{ op: 'add', path: '/status', value: up(node) }] };
  }
  return machine.status?.ready === true ? undefined : { kind: 'Report', status: reported(true) };
}

function requestsOf({ status }: Machine) {
  return status?.stateChangeRequests ?? [];
}

function reported(ready: boolean) {
  return { created: ready, ready, printableStatus: ready ? 'Running' : 'Starting' };
}

function instanceOf({
  metadata,
  spec: { template },
}: Machine): KubeObject & { spec: object; status: object } {
  const { name, namespace = '', uid = '' } = metadata;
  const owner = { apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine', name, uid, controller: true };
  const { labels = {}, annotations = {} } = template.metadata ?? {};
  return {
    metadata: { name, namespace, labels, annotations, ownerReferences: [owner] },
    spec: template.spec ?? {},
    status: { phase: 'Scheduling', phaseTransitionTimestamps: [{ phase: 'Scheduling' }] },
  };
}

function up(nodeName: string) {
  return {
    phase: 'Running',
    nodeName,
    phaseTransitionTimestamps: ['Scheduling', 'Running'].map((phase) => ({ phase })),
    conditions: ['Ready', 'LiveMigratable'].map((type) => ({ type, status: 'True' })),
  };
}
