import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import packageJson from '../../../package.json' with { type: 'json' };
import { Machines } from '../../e2e/machines.ts';
import { startKubeVirtSimulator, type KubeVirtSimulator } from '../../kubevirt-simulator/simulator.ts';
import { simulatorUsers } from '../../kubevirt-simulator/users.ts';
import { startCluster, type Cluster } from '../cluster.ts';
import { waitFor } from '../../support/wait.ts';
import { helmProgram } from '../helm.ts';
import { fromSources } from '../operator-image.ts';
import type { Terminal } from './play-page.ts';

const ROOT = join(import.meta.dirname, '../../..');
const NODES = ['node-a', 'node-b', 'node-c', 'node-d'];
/** A KubeVirt of before the upgrade; the last node has it. */
const OLD_VERSION = 'v1.5.2';

const TENANT = 'team-a';
const OLD_UUID = 'aaaaaaaa-0000-4000-8000-000000000001';
const OLD_MAC = '52:54:00:12:34:56';
const MIGRATION = { apiVersion: 'compute.medevac.dev/v1beta1', kind: 'LiveMigration' };

/** A cluster with KubeVirt's simulator, in which a person types what the docs say. */
export interface DocsCluster {
  readonly cluster: Cluster;
  readonly simulator: KubeVirtSimulator;
  readonly terminal: Terminal;
  close(): Promise<void>;
}

/** What is in the folder in which commands are typed: what a checkout has. */
const CHECKOUT = ['charts', 'examples', 'gitops', 'kustomize', 'src'];

export async function startDocsCluster(): Promise<DocsCluster> {
  const guestOf = { nodes: NODES, namespace: 'medevac-system' };
  const cluster = await startCluster({
    users: simulatorUsers,
    guestOf,
    // What docs/start.md says to build.
    images: (controlPlane) => ({ 'registry.example/medevac:0.1.0': fromSources(controlPlane) }),
  });
  const { controlPlane } = cluster;
  const simulator = await startKubeVirtSimulator({
    controlPlane,
    nodes: NODES.map((name) => (name === 'node-d' ? { name, version: OLD_VERSION } : { name })),
    delays: { migrationMs: 4_000 },
  });
  const [cwd, bin] = [join(controlPlane.folder, 'checkout'), join(controlPlane.folder, 'docs-bin')];
  for (const folder of [cwd, bin]) await mkdir(folder);
  for (const name of CHECKOUT) await symlink(join(ROOT, name), join(cwd, name));
  const programs = {
    kubectl: controlPlane.kubectl,
    helm: helmProgram(),
    node: process.execPath,
    ...Object.fromEntries(Object.entries(packageJson.bin).map(([name, path]) => [name, join(ROOT, path)])),
  };
  for (const [name, path] of Object.entries(programs)) await symlink(path, join(bin, name));
  const path = [bin, dirname(process.execPath), process.env['PATH']].join(delimiter);
  const env = { PATH: path, HOME: cwd, KUBECONFIG: await kubeconfigIn(cluster, TENANT) };
  const run = (...args: readonly string[]) => cluster.kubectl([...args, '-n', TENANT]);
  const acts = {
    upgrade: async (node: string) => {
      await simulator.nodes.removeHandler(node);
      await simulator.nodes.addHandler({ name: node });
      await simulator.nodes.heartbeat(node);
    },
    // A VM that somebody has made without medevac.
    vm: async (name: string) => {
      const machines = new Machines(cluster.admin, TENANT);
      await machines.create(name, { firmware: { uuid: OLD_UUID, serial: name }, macAddress: OLD_MAC });
      await machines.running(name);
    },
    // So that the next page begins with what it says.
    tidy: async (name: string) => {
      await run('delete', 'livemigrations', '--all');
      await run('delete', 'instance', name);
    },
    // The garbage collector deletes a VM after its Instance.
    gone: async (name: string) => {
      const left = () => run('get', 'vm', name, '--ignore-not-found', '-o', 'name');
      await waitFor(`VM ${name} is gone`, async () => (await left()) === '', { timeoutMs: 60_000 });
    },
    // Events are sent in the background: the last one may be on its way.
    told: async (nameAndCount: string) => {
      const [name = '', count = ''] = nameAndCount.split(' ');
      const uid = await run('get', 'instance', name, '-o', 'jsonpath={.metadata.uid}');
      const told = () =>
        run('get', 'events', '--field-selector', `involvedObject.uid=${uid}`, '-o', 'name');
      await waitFor(
        `${count} Events of Instance ${name}`,
        async () => (await told()).trim().split('\n').length >= Number(count),
        { timeoutMs: 60_000 },
      );
    },
    // Where kube-scheduler has not put it by chance.
    on: async (nodeAndName: string) => {
      const [node = '', name = ''] = nodeAndName.split(' ');
      const now = await run('get', 'instance', name, '-o', 'jsonpath={.status.node}');
      if (now === node) return;
      const metadata = { name: `${name}-to-${node}` };
      const spec = { instanceName: name, destination: { nodeName: node } };
      await cluster.kubectl(['apply', '-n', TENANT, '-f', '-'], { ...MIGRATION, metadata, spec });
      await run('wait', `livemigration/${metadata.name}`, '--for=condition=Completed', '--timeout=60s');
      await run('delete', 'livemigration', metadata.name);
    },
  };
  return {
    cluster,
    simulator,
    terminal: { cwd, env, acts },
    close: async () => {
      await simulator.stop();
      await cluster.close();
    },
  };
}

/** An admin's, whose commands are about one namespace where they name none. */
async function kubeconfigIn({ controlPlane }: Cluster, namespace: string): Promise<string> {
  const file = join(controlPlane.folder, 'docs.kubeconfig');
  await writeFile(
    file,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'docs',
      clusters: [
        {
          name: 'docs',
          cluster: {
            server: controlPlane.url,
            'certificate-authority-data': Buffer.from(controlPlane.ca).toString('base64'),
          },
        },
      ],
      users: [{ name: 'admin', user: { token: controlPlane.token('admin') } }],
      contexts: [{ name: 'docs', context: { cluster: 'docs', user: 'admin', namespace } }],
    }),
    { mode: 0o600 },
  );
  return file;
}
