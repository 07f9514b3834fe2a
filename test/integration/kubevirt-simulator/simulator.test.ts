import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ResourceClient } from '../../../src/kube/resource-client.ts';
import { Transport } from '../../../src/kube/transport.ts';
import { startControlPlane } from '../../control-plane/control-plane.ts';
import type { ControlPlane } from '../../control-plane/control-plane.ts';
import type { Pod } from '../../kubevirt-simulator/objects/cluster-kinds.ts';
import { resources } from '../../kubevirt-simulator/objects/kinds.ts';
import type {
  Migration,
  VirtualMachine,
  VirtualMachineInstance,
} from '../../kubevirt-simulator/objects/kinds.ts';
import { startKubeVirtSimulator } from '../../kubevirt-simulator/simulator.ts';
import type { KubeVirtSimulator } from '../../kubevirt-simulator/simulator.ts';
import { simulatorUsers, user } from '../../kubevirt-simulator/users.ts';
import { kubectl } from '../../support/kubectl.ts';
import { waitFor } from '../../support/wait.ts';

const namespace = 'vms';
const delays = {
  podStartMs: 50,
  bootMs: 50,
  shutdownMs: 50,
  podExitMs: 50,
  prepareMs: 50,
  stepMs: 50,
  migrationMs: 200,
};

describe('the KubeVirt simulator', () => {
  let controlPlane: ControlPlane;
  let simulator: KubeVirtSimulator;
  let admin: Transport;
  let machines: ResourceClient<VirtualMachine>;
  let instances: ResourceClient<VirtualMachineInstance>;
  let migrations: ResourceClient<Migration>;

  beforeAll(async () => {
    controlPlane = await startControlPlane({ users: simulatorUsers });
    admin = new Transport(controlPlane.connection());
    machines = new ResourceClient(admin, resources.VirtualMachine);
    instances = new ResourceClient(admin, resources.VirtualMachineInstance);
    migrations = new ResourceClient(admin, resources.VirtualMachineInstanceMigration);
    simulator = await startKubeVirtSimulator({
      controlPlane,
      delays,
      nodes: [{ name: 'node-1' }, { name: 'node-2' }],
    });
    await new ResourceClient(admin, resources.Namespace).create({ metadata: { name: namespace } });
  }, 90_000);

  afterAll(async () => {
    await admin.close();
    await simulator.stop();
    await controlPlane.stop();
  });

  async function create(name: string, nodeSelector?: Record<string, string>): Promise<void> {
    const domain = { memory: { guest: '128Mi' }, devices: {} };
    const template = { spec: { domain, ...(nodeSelector && { nodeSelector }) } };
    const machine: VirtualMachine = {
      metadata: { namespace, name },
      spec: { runStrategy: 'Always', template },
    };
    await machines.create(machine);
  }

  async function start(name: string): Promise<void> {
    await create(name);
    await isRunning(name);
  }

  async function isRunning(name: string): Promise<void> {
    await waitFor(`${name} to run`, async () => (await machines.get({ namespace, name })).status?.ready);
  }

  async function migrate(name: string, vmiName: string): Promise<void> {
    const migration: Migration = { metadata: { namespace, name }, spec: { vmiName } };
    await migrations.create(migration);
  }

  async function ended(name: string): Promise<Migration['status']> {
    return waitFor(`the end of ${name}`, async () => {
      const { status } = await migrations.get({ namespace, name });
      const over = status?.phase === 'Succeeded' || status?.phase === 'Failed';
      return over && status.migrationState?.completed === true ? status : undefined;
    });
  }

  async function told(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await kubectl(controlPlane, args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return stdout;
  }

  /** What is written last of a migration is the readiness, which is lost for a moment. */
  async function shows(resource: string, table: RegExp): Promise<void> {
    await waitFor(`${resource} as ${table.source}`, async () =>
      table.test(await told('get', resource, '-n', namespace)),
    );
  }

  it('shows machines, instances and migrations to kubectl with their short names and columns', async () => {
    await start('vm-shown');
    await migrate('mig-shown', 'vm-shown');
    await ended('mig-shown');

    await shows('vm', /^NAME +AGE +STATUS +READY\s+vm-shown +\S+ +Running +True/);
    await shows('vmi', /^NAME +AGE +PHASE +IP +NODENAME +READY\s+vm-shown +\S+ +Running +.*node-\d +True/);
    await shows('vmim', /^NAME +PHASE +VMI\s+mig-shown +Succeeded +vm-shown/);
    expect(await told('get', '--raw', '/apis/subresources.kubevirt.io/v1')).toContain(
      'virtualmachines/restart',
    );
  });

  it('writes as the users that KubeVirt writes as', async () => {
    await start('vm-audited');

    const events = await controlPlane.auditLog();
    const writers = events.flatMap(({ verb, user: { username }, objectRef }) =>
      objectRef?.name === 'vm-audited' && ['update', 'patch'].includes(verb)
        ? [`${objectRef.resource}${objectRef.subresource === undefined ? '' : '/status'} ${username}`]
        : [],
    );

    expect(new Set(writers)).toEqual(
      new Set([
        `virtualmachines ${user.virtController}`,
        `virtualmachines/status ${user.virtController}`,
        `virtualmachineinstances ${user.virtController}`,
        `virtualmachineinstances ${user.virtHandler}`,
      ]),
    );
  });

  it('lets migrations fail from when it is told, and heals when it is told', async () => {
    await start('vm-ill');
    simulator.fail(`${namespace}/vm-ill`, { migrationFails: 'simulated' });
    await migrate('mig-ill', 'vm-ill');

    expect(await ended('mig-ill')).toMatchObject({
      phase: 'Failed',
      migrationState: { failureReason: 'simulated' },
    });

    simulator.fail(`${namespace}/vm-ill`, {});
    await migrate('mig-healed', 'vm-ill');

    expect(await ended('mig-healed')).toMatchObject({ phase: 'Succeeded' });
  });

  it('lets a virt-handler fall silent, and go on where it left off', async () => {
    simulator.setHandlerSilent('node-1', true);
    await create('vm-silent', { 'kubernetes.io/hostname': 'node-1' });
    await waitFor('the hand-over to the handler', async () => {
      const pods = await new ResourceClient<Pod>(admin, resources.Pod).list({ namespace });
      return pods.items.some(
        ({ metadata, status }) =>
          metadata.name.startsWith('virt-launcher-vm-silent') && status?.phase === 'Running',
      );
    });

    expect((await instances.get({ namespace, name: 'vm-silent' })).status?.phase).not.toBe('Running');

    simulator.setHandlerSilent('node-1', false);
    await isRunning('vm-silent');
  });

  it('takes in nodes while it runs', async () => {
    await create('vm-waiting', { zone: 'new' });
    await waitFor('the scheduler to give up', async () => {
      const { status } = await machines.get({ namespace, name: 'vm-waiting' });
      return status?.printableStatus === 'ErrorUnschedulable';
    });

    await simulator.addNode({ name: 'node-3', labels: { zone: 'new' } });
    await isRunning('vm-waiting');

    expect((await instances.get({ namespace, name: 'vm-waiting' })).status?.nodeName).toBe('node-3');
  });

  it('lets virt-api fall silent: what its webhooks see fails after 10 s, and works again afterwards', async () => {
    await start('vm-unheard');
    simulator.setVirtApiSilent(true);
    const label = { metadata: { labels: { a: 'b' } } };

    await expect(machines.mergePatch({ namespace, name: 'vm-unheard' }, label)).rejects.toMatchObject({
      code: 500,
      message: expect.stringMatching(
        /failed calling webhook "virtualmachines-mutator\.kubevirt\.io": failed to call webhook: Post "https:\/\/virt-api\.kubevirt\.svc:\d+\/virtualmachines-mutate\?timeout=10s": context deadline exceeded$/,
      ),
    });

    simulator.setVirtApiSilent(false);
    expect((await machines.mergePatch({ namespace, name: 'vm-unheard' }, label)).metadata.labels).toEqual({
      a: 'b',
    });
  }, 30_000);

  it('leaves objects but no webhooks behind, and goes on when it is started again', async () => {
    await start('vm-kept');
    await simulator.stop();

    const left = await told(
      'get',
      'validatingwebhookconfigurations,mutatingwebhookconfigurations,apiservices',
      '-o',
      'name',
    );
    expect(left).not.toMatch(/webhook|subresources/);
    await machines.delete({ namespace, name: 'vm-kept' });
    expect((await machines.get({ namespace, name: 'vm-kept' })).metadata.deletionTimestamp).toBeDefined();

    simulator = await startKubeVirtSimulator({
      controlPlane,
      delays,
      nodes: [{ name: 'node-1' }, { name: 'node-2' }, { name: 'node-3' }],
    });
    await waitFor('the end of vm-kept', async () => {
      const { items } = await machines.list({ namespace });
      return items.every(({ metadata }) => metadata.name !== 'vm-kept');
    });
  }, 30_000);
});
