import type { AdmissionRequest, AdmissionResponse } from './admission.ts';
import { allowed, denied } from './admission.ts';
import type { ApiClient } from './client.ts';
import { isMarkedForEviction } from '../objects/instance.ts';
import { hasCondition } from '../objects/conditions.ts';
import type { Pod } from '../objects/cluster-kinds.ts';
import type { VirtualMachineInstance } from '../objects/kinds.ts';
import type { Stored } from '../objects/stored.ts';
import { annotationOf, fullName, labelOf } from '../objects/meta.ts';
import { annotation, label } from '../objects/names.ts';
import { isPodDown } from '../objects/pod.ts';

const tooManyRequests = 429;

/** Evictions of launcher pods: refused with 429 where the strategy says so, and the instance is marked instead. */
export async function validateEviction(
  client: ApiClient,
  request: AdmissionRequest,
): Promise<AdmissionResponse> {
  const namespace = request.namespace ?? '';
  const pod = await client.find('Pod', { namespace, name: request.name ?? '' });
  const name = annotationOf(pod, annotation.domain);
  if (pod === undefined || !isLiveLauncher(pod) || name === undefined) {
    return allowed;
  }
  const instance = await client.find('VirtualMachineInstance', { namespace, name });
  if (instance === undefined) {
    const missing = `virtualmachineinstances.kubevirt.io "${name}" not found`;
    return denied(`kubevirt failed getting the vmi: ${missing}`, tooManyRequests);
  }
  return await admit(client, request, pod, instance);
}

function isLiveLauncher(pod: Pod): boolean {
  return labelOf(pod, label.app) === 'virt-launcher' && !isPodDown(pod);
}

async function admit(
  client: ApiClient,
  request: AdmissionRequest,
  pod: Pod,
  instance: VirtualMachineInstance,
): Promise<AdmissionResponse> {
  const strategy = instance.spec.evictionStrategy ?? 'None';
  const migratable = hasCondition(instance.status, 'LiveMigratable', { status: 'True' });
  if (!migratable && strategy === 'LiveMigrate') {
    const what = 'is configured with an eviction strategy but is not live-migratable';
    return denied(`VMI ${instance.metadata.name} ${what}`, tooManyRequests);
  }
  return strategy === 'None' || (!migratable && strategy === 'LiveMigrateIfPossible')
    ? allowed
    : await refuse(client, request, pod, instance);
}

/** First mark, then every retry while marked, or a pod that the guest is not in. */
async function refuse(
  client: ApiClient,
  request: AdmissionRequest,
  pod: Pod,
  instance: VirtualMachineInstance,
): Promise<AdmissionResponse> {
  const text = `Eviction triggered evacuation of VMI "${fullName(instance)}"`;
  if (isMarkedForEviction(instance)) {
    return denied(`Evacuation in progress: ${text}`, tooManyRequests);
  }
  if (instance.status?.nodeName !== pod.spec.nodeName) {
    return denied('Eviction request for target Pod', tooManyRequests);
  }
  return await mark(client, request, instance, { node: pod.spec.nodeName ?? '', text });
}

async function mark(
  client: ApiClient,
  request: AdmissionRequest,
  instance: VirtualMachineInstance,
  { node, text }: { node: string; text: string },
): Promise<AdmissionResponse> {
  const { name, namespace = '' } = instance.metadata;
  const asked = (request.object as (Stored & { deleteOptions?: { dryRun?: string[] } }) | undefined)
    ?.deleteOptions;
  const dryRun = request.dryRun === true || asked?.dryRun?.includes('All') === true;
  const patch = [{ op: 'add' as const, path: '/status/evacuationNodeName', value: node }];
  try {
    await client.patch('VirtualMachineInstance', { namespace, name }, patch, { dryRun });
  } catch (error) {
    return denied(`kubevirt failed marking the vmi for eviction: ${String(error)}`, tooManyRequests);
  }
  return denied(text, tooManyRequests);
}
