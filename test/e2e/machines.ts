import * as z from 'zod';
import { isNotFound } from '../../src/kube/api-errors.ts';
import { ResourceClient } from '../../src/kube/resource-client.ts';
import { collectionPath, type KubeObject, type Resource } from '../../src/kube/resource.ts';
import type { Transport } from '../../src/kube/transport.ts';
import { watchOn } from '../support/watch-on.ts';
import { waitFor } from '../support/wait.ts';

const KUBEVIRT = { group: 'kubevirt.io', version: 'v1', namespaced: true } as const;
const VMS: Resource = { ...KUBEVIRT, plural: 'virtualmachines', kind: 'VirtualMachine' };
const VMIS: Resource = { ...KUBEVIRT, plural: 'virtualmachineinstances', kind: 'VirtualMachineInstance' };
const CLAIMS: Resource = {
  group: '',
  version: 'v1',
  plural: 'persistentvolumeclaims',
  kind: 'PersistentVolumeClaim',
  namespaced: true,
};

const Machine = z.object({
  metadata: z.object({
    uid: z.string(),
    generation: z.int(),
    ownerReferences: z.array(z.object({ uid: z.string() })).optional(),
  }),
  spec: z.object({
    template: z.object({ spec: z.object({ terminationGracePeriodSeconds: z.int().optional() }) }),
  }),
});
export type Machine = z.infer<typeof Machine>;

const Guest = z.object({
  metadata: z.object({ uid: z.string() }),
  spec: z.object({
    domain: z.object({
      firmware: z.object({ uuid: z.string().optional(), serial: z.string().optional() }).optional(),
      devices: z.object({ interfaces: z.array(z.object({ macAddress: z.string().optional() })).optional() }),
    }),
  }),
  status: z.object({ phase: z.literal('Running'), nodeName: z.string() }),
});
type Guest = z.infer<typeof Guest>;

const Strategy = z.object({ spec: z.object({ runStrategy: z.string() }) });

interface ForeignVm {
  readonly firmware: { readonly uuid: string; readonly serial: string };
  readonly macAddress: string;
  readonly running?: boolean;
  /** What KubeVirt makes of an eviction. Default: it lets the VM be killed. */
  readonly evictionStrategy?: 'LiveMigrate';
}

/** What somebody does to VMs behind medevac's back, and what becomes of them. */
export class Machines {
  readonly #admin: Transport;
  readonly #namespace: string;
  readonly #vms: ResourceClient<KubeObject>;
  readonly #vmis: ResourceClient<KubeObject>;
  readonly #claims: ResourceClient<KubeObject>;

  constructor(admin: Transport, namespace: string) {
    this.#admin = admin;
    this.#namespace = namespace;
    this.#vms = new ResourceClient(admin, VMS);
    this.#vmis = new ResourceClient(admin, VMIS);
    this.#claims = new ResourceClient(admin, CLAIMS);
  }

  /** A VM as a person makes it. */
  async create(
    name: string,
    { firmware, macAddress, running = true, evictionStrategy }: ForeignVm,
  ): Promise<void> {
    const interfaces = [{ name: 'default', masquerade: {}, macAddress }];
    const disks = [{ name: 'root', disk: { bus: 'virtio' } }];
    const domain = { firmware, memory: { guest: '1Gi' }, devices: { disks, interfaces } };
    const volumes = [{ name: 'root', containerDisk: { image: 'registry.example/root:1' } }];
    const networks = [{ name: 'default', pod: {} }];
    const spec = { domain, networks, volumes, ...(evictionStrategy !== undefined && { evictionStrategy }) };
    const runStrategy = running ? 'Always' : 'Halted';
    await this.#vms.create({
      metadata: { name, namespace: this.#namespace },
      spec: { runStrategy, template: { spec } },
    } as KubeObject);
  }

  async vm(name: string): Promise<Machine> {
    return Machine.parse(await this.#vms.get(this.#key(name)));
  }

  async exists(name: string): Promise<boolean> {
    try {
      await this.#vms.get(this.#key(name));
      return true;
    } catch (error) {
      if (isNotFound(error)) return false;
      throw error;
    }
  }

  /** Waits until a guest runs. */
  running(name: string): Promise<Guest> {
    const read = async () => Guest.parse(await this.#vmis.get(this.#key(name)));
    return waitFor(`${name} runs`, read, { timeoutMs: 30_000 });
  }

  /** Changes the spec of the template. */
  async patch(name: string, spec: object): Promise<void> {
    await this.#vms.mergePatch(this.#key(name), { spec: { template: { spec } } });
  }

  /** Follows the run strategy of a VM from now on. `seen` ends that and gives each one that it had, in order. */
  async strategiesOf(name: string): Promise<{ seen(): Promise<string[]> }> {
    const stop = new AbortController();
    const strategies: string[] = [];
    const vm = await this.#vms.get(this.#key(name));
    const note = (object: unknown) => {
      const { runStrategy } = Strategy.parse(object).spec;
      if (strategies.at(-1) !== runStrategy) strategies.push(runStrategy);
    };
    note(vm);
    const from = {
      path: collectionPath(VMS, this.#namespace),
      resourceVersion: vm.metadata.resourceVersion ?? '',
      query: { fieldSelector: `metadata.name=${name}` },
    };
    const follow = async () => {
      for await (const { object } of watchOn(this.#admin, from, stop.signal)) note(object);
    };
    const following = Promise.allSettled([follow()]);
    return {
      seen: async () => {
        stop.abort();
        await following;
        return strategies;
      },
    };
  }

  delete(name: string): Promise<void> {
    return this.#vms.delete(this.#key(name));
  }

  /** A claim; ReadWriteMany is what every node can mount. */
  async createClaim(
    name: string,
    accessMode: 'ReadWriteMany' | 'ReadWriteOnce' = 'ReadWriteMany',
  ): Promise<void> {
    const spec = { accessModes: [accessMode], resources: { requests: { storage: '1Gi' } } };
    await this.#claims.create({ metadata: { name, namespace: this.#namespace }, spec } as KubeObject);
  }

  #key(name: string) {
    return { namespace: this.#namespace, name };
  }
}
