import { pino } from 'pino';
import type { InstanceSpec } from '../../../src/api/instance.ts';
import type { Rescue } from '../../../src/api/rescue.ts';
import type { ObservedVm, RunningVm } from '../../../src/domain/observed.ts';
import { renderVm } from '../../../src/domain/vm.ts';
import type { Driver, VmKey, VmOrder } from '../../../src/drivers/driver.ts';
import { kubeVirtDriver } from '../../../src/drivers/kubevirt/index.ts';
import { INSTANCES, MIGRATIONS, VIRTUAL_MACHINES } from '../../../src/drivers/kubevirt/resources.ts';
import { ResourceClient } from '../../../src/kube/resource-client.ts';
import type { KubeObject } from '../../../src/kube/resource.ts';
import { Transport, type RequestReport } from '../../../src/kube/transport.ts';
import { aDisk, aRescue } from '../../builders/instance.ts';
import { anIdentity, aSpec, aVmOrder } from '../../builders/vm.ts';
import { startKubeVirtSimulator, type KubeVirtSimulator } from '../../kubevirt-simulator/simulator.ts';
import { simulatorUsers } from '../../kubevirt-simulator/users.ts';
import {
  OPERATOR_USER,
  startInstalledControlPlane,
  type InstalledControlPlane,
} from '../../support/installed-control-plane.ts';
import { install } from '../../support/install.ts';
import { waitFor } from '../../support/wait.ts';

export const NODES = ['node-1', 'node-2', 'node-3'];
const NAMESPACE = 'default';
/** How long a boot, a restart or a short migration may take at the worst. Milliseconds. */
export const DEADLINE = 20_000;

const disk = (name: string) =>
  aDisk({ name, source: { containerDisk: { image: `registry.example/${name}:1` } } });
const seed = { name: 'seed', device: 'CDROM', source: { cloudInit: { secretName: 'userdata' } } } as const;

/** What the seed is made from: without it no pod of the VM would start. */
const SEED_SECRET = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'userdata', namespace: NAMESPACE },
};

/** A fifth of what was recorded with the real KubeVirt; order and reactions are the same. */
const DELAYS = {
  podStartMs: 60,
  bootMs: 60,
  shutdownMs: 100,
  podExitMs: 60,
  prepareMs: 60,
  stepMs: 40,
  migrationMs: 300,
};

/** Two disks and a seed between them: all of it can be live-migrated. */
export const SPEC: InstanceSpec = aSpec({ disks: [disk('root'), seed, disk('data')] });

export function aRescueSystem(image?: string): Rescue {
  const { rescue } = aSpec({
    rescue: aRescue(image === undefined ? {} : { source: { containerDisk: { image } } }),
  });
  if (rescue === undefined) throw new Error('no rescue');
  return rescue;
}

const RBAC = 'rbac.authorization.k8s.io';

/** What `remove` takes of who calls it. The operator never does on KubeVirt, where VMs go with their Instances: it lacks this. */
function removerManifests(): KubeObject[] {
  const metadata = { name: 'remover', namespace: NAMESPACE };
  const rules = [{ apiGroups: ['kubevirt.io'], resources: ['virtualmachines'], verbs: ['delete'] }];
  const roleRef = { apiGroup: RBAC, kind: 'Role', name: 'remover' };
  const subjects = [{ kind: 'User', apiGroup: RBAC, name: OPERATOR_USER }];
  const role = { apiVersion: `${RBAC}/v1`, kind: 'Role', metadata, rules };
  const binding = { apiVersion: `${RBAC}/v1`, kind: 'RoleBinding', metadata, roleRef, subjects };
  return [role, binding];
}

/** The same VM, to be booted from a rescue system. */
export function rescued(order: VmOrder, rescue: Rescue = aRescueSystem()): VmOrder {
  return { ...order, vm: renderVm(SPEC, order.vm.identity, rescue) };
}

/** The driver with the rights of the operator, over the simulator. */
export class KubeVirtBench {
  readonly simulator: KubeVirtSimulator;
  /** Requests of the driver other than watches, which fill its caches, too; in their order. */
  readonly requests: RequestReport[] = [];
  readonly #installed: InstalledControlPlane;
  readonly #transports: Transport[] = [];
  #names = 0;

  private constructor(installed: InstalledControlPlane, simulator: KubeVirtSimulator) {
    this.#installed = installed;
    this.simulator = simulator;
  }

  static async start(): Promise<KubeVirtBench> {
    const installed = await startInstalledControlPlane({ users: simulatorUsers });
    try {
      const { controlPlane } = installed;
      const nodes = NODES.map((name) => ({ name }));
      await install(installed.transport(), [SEED_SECRET, ...removerManifests()]);
      return new KubeVirtBench(
        installed,
        await startKubeVirtSimulator({ controlPlane, nodes, delays: DELAYS }),
      );
    } catch (error) {
      await installed.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#transports.map((transport) => transport.close()));
    await this.simulator.stop();
    await this.#installed.stop();
  }

  /** A driver as a process of its own would have it; its requests go through such a transport. */
  newDriver(Kind: typeof Transport = Transport): Driver {
    const connection = this.#installed.controlPlane.connection(OPERATOR_USER);
    const onRequest = (request: RequestReport) => {
      if (!request.watch) this.requests.push(request);
    };
    const transport = new Kind(connection, { onRequest });
    this.#transports.push(transport);
    return kubeVirtDriver({
      transport,
      logger: pino({ level: 'silent' }),
      node: () => undefined,
      kubeVirtNamespace: 'kubevirt',
      mayAct: () => true,
    });
  }

  key(): VmKey {
    this.#names += 1;
    return { namespace: NAMESPACE, name: `vm-${this.#names}` };
  }

  order(key: VmKey = this.key()): VmOrder {
    return { ...aVmOrder(key.name), key, vm: renderVm(SPEC, anIdentity(SPEC), undefined) };
  }

  /** Clients with an administrator's rights. */
  readonly vms = () => new ResourceClient<KubeVirtObject>(this.#installed.transport(), VIRTUAL_MACHINES);
  readonly instances = () => new ResourceClient<KubeVirtObject>(this.#installed.transport(), INSTANCES);
  readonly migrations = () => new ResourceClient<KubeVirtObject>(this.#installed.transport(), MIGRATIONS);

  /** Makes a VM that is none of ours; resolves when the driver sees it. */
  async makeForeignVm(driver: Driver, { namespace, name }: VmKey): Promise<void> {
    const template = { spec: { domain: { devices: {}, memory: { guest: '64Mi' } } } };
    const vm = { metadata: { namespace, name }, spec: { runStrategy: 'Halted', template } };
    await this.vms().create(vm);
    await waitFor('the driver sees the foreign VM', () => driver.observe({ namespace, name }));
  }

  /** Requests about one VM, or about a migration, without what makes them unique: `PUT restart`. */
  requestsAbout(name: string): string[] {
    return this.requests
      .filter(({ path }) => path.split('/').includes(name))
      .map(({ method, path }) => `${method} ${path.split('/').at(-1) ?? ''}`.replace(` ${name}`, ''));
  }
}

export interface KubeVirtObject extends KubeObject {
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
}

/** Waits until the guest runs in a boot other than `than`. */
export async function untilBooted(driver: Driver, key: VmKey, than?: string): Promise<RunningVm> {
  return untilSeen(driver, key, 'the guest runs', ({ running }) =>
    running?.phase === 'Running' && running.bootId !== than ? running : undefined,
  );
}

export async function untilSeen<T>(
  driver: Driver,
  key: VmKey,
  what: string,
  probe: (vm: ObservedVm) => T | undefined,
): Promise<T> {
  const look = () => {
    const vm = driver.observe(key);
    return vm && probe(vm);
  };
  return waitFor(`${key.name}: ${what}`, look as () => T, { timeoutMs: DEADLINE, intervalMs: 20 });
}
