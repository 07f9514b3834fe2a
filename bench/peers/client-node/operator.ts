/** The benchmark's operator, written with @kubernetes/client-node's informers as its documentation teaches. */
import {
  CustomObjectsApi,
  KubeConfig,
  makeInformer,
  PatchStrategy,
  setHeaderOptions,
  type Informer,
  type KubernetesListObject,
  type KubernetesObject,
  type ObjectCache,
} from '@kubernetes/client-node';
import { isDeepStrictEqual } from 'node:util';
import type { Instance, VirtualMachine, VirtualMachineInstance } from './kinds.ts';
import { poolConnections } from './pooled.ts';
import { Queue } from './queue.ts';
import { BOOT, render } from './render.ts';
import { restart } from './restart.ts';
import { nextStatus } from './status.ts';

const FIELD_MANAGER = 'client-node';
const WORKERS = 8;
const RESTART_INFORMER_MS = 5_000;

const MEDEVAC = { group: 'compute.medevac.dev', version: 'v1beta1' };
const KUBEVIRT = { group: 'kubevirt.io', version: 'v1' };

const config = new KubeConfig();
config.loadFromDefault();
if (process.argv.includes('--pooled')) poolConnections(config);
const api = config.makeApiClient(CustomObjectsApi);

const instances = informerOf<Instance>({ ...MEDEVAC, plural: 'instances' });
const vms = informerOf<VirtualMachine>({ ...KUBEVIRT, plural: 'virtualmachines' });
const vmis = informerOf<VirtualMachineInstance>({ ...KUBEVIRT, plural: 'virtualmachineinstances' });

/** The uid of each VirtualMachineInstance whose restart was asked for: it is seen for a while yet. */
const restarted = new Set<string>();

interface Kind {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
}

function informerOf<T extends KubernetesObject>(kind: Kind): Informer<T> & ObjectCache<T> {
  const list = () => api.listClusterCustomObject(kind) as Promise<KubernetesListObject<T>>;
  const path = `/apis/${kind.group}/${kind.version}/${kind.plural}`;
  return makeInformer<T>(config, path, list);
}

async function reconcile(key: string): Promise<void> {
  const [namespace = '', name = ''] = key.split('/');
  const instance = instances.get(name, namespace);
  // The garbage collector deletes the VM of an Instance that is gone.
  if (instance === undefined || instance.metadata.deletionTimestamp !== undefined) return;
  const { vm, boot } = render(instance);
  await applyIfOutdated({ namespace, name }, vm, boot);
  const vmi = vmis.get(name, namespace);
  if (vmi !== undefined) await restartIfOutdated(vmi, boot);
  const status = nextStatus(instance, vmi, boot, new Date());
  if (isDeepStrictEqual(instance.status, status)) return;
  await api.patchNamespacedCustomObjectStatus(
    { ...MEDEVAC, namespace, name, plural: 'instances', body: { status } },
    setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
  );
}

interface Key {
  readonly namespace: string;
  readonly name: string;
}

async function applyIfOutdated(key: Key, vm: object, boot: string): Promise<void> {
  const stored = vms.get(key.name, key.namespace);
  if (stored?.spec.template.metadata?.annotations?.[BOOT] === boot) return;
  await api.patchNamespacedCustomObject(
    { ...KUBEVIRT, ...key, plural: 'virtualmachines', body: vm, fieldManager: FIELD_MANAGER, force: true },
    setHeaderOptions('Content-Type', PatchStrategy.ServerSideApply),
  );
}

/** Ends a boot of another template. */
async function restartIfOutdated({ metadata }: VirtualMachineInstance, boot: string): Promise<void> {
  const { namespace = '', name = '', uid = '', annotations, deletionTimestamp } = metadata;
  if (annotations?.[BOOT] === boot || deletionTimestamp !== undefined || restarted.has(uid)) return;
  restarted.add(uid);
  try {
    await restart(config, namespace, name);
  } catch (error) {
    restarted.delete(uid);
    throw error;
  }
}

const queue = new Queue(WORKERS, reconcile);
const enqueue = ({ metadata }: KubernetesObject) => {
  queue.add(`${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`);
};

async function follow<T extends KubernetesObject>(informer: Informer<T>): Promise<void> {
  informer.on('add', enqueue);
  informer.on('update', enqueue);
  informer.on('delete', enqueue);
  informer.on('error', (error: unknown) => {
    console.error(error);
    setTimeout(() => void informer.start(), RESTART_INFORMER_MS);
  });
  await informer.start();
}

// What an Instance needs first, so that a VM that is there is not taken to be missing.
await follow(vmis);
await follow(vms);
await follow(instances);
