import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { anInstance } from '../builders/instance.ts';
import { aLiveMigration } from '../builders/live-migration.ts';
import { parseDocument, type Document } from 'yaml';
import { describeWhereThereIs } from '../support/describe-where-there-is.ts';
import { kubectl } from '../support/kubectl.ts';
import { waitFor } from '../support/wait.ts';
import { startCluster, type Cluster } from './cluster.ts';
import { CHART, helm, missingForHelm } from './helm.ts';
import { fromSources } from './operator-image.ts';

const LONG = 120_000;
const NAMESPACE = 'medevac-system';
const WITH = ['-n', NAMESPACE, '--wait', '--timeout', '90s', '--set', 'driver=memory'];

/** What was otherwise in the chart before, by file. */
const EARLIER: Readonly<Record<string, (content: Document) => void>> = {
  'Chart.yaml': (content) => {
    content.set('version', '0.0.9');
    content.set('appVersion', '0.0.9');
  },
  'files/crds/instances.yaml': (content) => {
    for (const version of [0, 1])
      content.deleteIn(['spec', 'versions', version, 'additionalPrinterColumns', 0]);
  },
  'files/workload-rules.yaml': (content) => {
    content.deleteIn([0]);
    content.add({ apiGroups: ['compute.medevac.dev'], resources: ['*'], verbs: ['get', 'list', 'watch'] });
  },
};

/** The chart as it might have been before: an older version, a column fewer, a right too many, another image. */
async function previousChart(folder: string): Promise<string> {
  const chart = join(folder, 'medevac');
  await cp(CHART, chart, { recursive: true });
  for (const [path, edit] of Object.entries(EARLIER)) {
    const file = join(chart, path);
    const content = parseDocument(await readFile(file, 'utf8'));
    edit(content);
    await writeFile(file, content.toString());
  }
  const { code, stderr } = await helm(['package', chart, '-d', folder]);
  if (code !== 0) throw new Error(stderr);
  return join(folder, 'medevac-0.0.9.tgz');
}

describeWhereThereIs('Helm', missingForHelm(), 'the chart, from one release to the next', () => {
  let cluster: Cluster;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'medevac-chart-'));
    cluster = await startCluster({
      images: (controlPlane) => ({ 'medevac:0.0.9': fromSources(controlPlane) }),
    });
    // The API server refuses every Pod there that is not restricted as Kubernetes understands it.
    const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE, labels } };
    await cluster.kubectl(['apply', '-f', '-'], namespace);
  }, LONG);
  afterAll(async () => {
    await cluster.close();
    await rm(folder, { recursive: true, force: true });
  }, LONG);

  async function done(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await cluster.helm(...args);
    if (code !== 0) throw new Error(`helm ${args.join(' ')}: ${stderr}`);
    return stdout;
  }

  async function json<T>(...args: readonly string[]): Promise<T> {
    return JSON.parse(await cluster.kubectl([...args, '-o', 'json'])) as T;
  }

  /** Those that are not on their way out. */
  async function pods(): Promise<{ image: string; node: string }[]> {
    const { items } = await json<{
      items: {
        metadata: { deletionTimestamp?: string };
        spec: { nodeName: string; containers: [{ image: string }] };
      }[];
    }>('get', 'pods', '-n', NAMESPACE);
    return items
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
      .map(({ spec }) => ({ image: spec.containers[0].image, node: spec.nodeName }));
  }

  async function columns(): Promise<number> {
    const { spec } = await json<{ spec: { versions: [{ additionalPrinterColumns: unknown[] }] } }>(
      'get',
      'crd',
      'instances.compute.medevac.dev',
    );
    return spec.versions[0].additionalPrinterColumns.length;
  }

  async function trusted(): Promise<string[]> {
    const { webhooks } = await json<{ webhooks: { clientConfig: { caBundle: string } }[] }>(
      'get',
      'validatingwebhookconfiguration',
      'medevac',
    );
    return webhooks.map(({ clientConfig }) => clientConfig.caBundle);
  }

  it(
    'is installed in one step: ready when two replicas on two nodes are, and admission answers through its Service',
    async () => {
      const notes = await done('install', 'medevac', await previousChart(folder), ...WITH);

      expect(notes).toContain(`kubectl get lease medevac -n ${NAMESPACE}`);
      const running = await pods();
      expect(running.map(({ image }) => image)).toEqual(['medevac:0.0.9', 'medevac:0.0.9']);
      expect(new Set(running.map(({ node }) => node)).size).toBe(2);

      await cluster.kubectl(['create', 'namespace', 'team-a']);
      await cluster.kubectl(
        ['apply', '-f', '-'],
        anInstance({ name: 'stays', namespace: 'team-a', spec: { powerState: 'Stopped' } }),
      );
      await cluster.kubectl([
        'wait',
        '-n',
        'team-a',
        'instance/stays',
        '--for=condition=Ready',
        '--timeout=20s',
      ]);
      // Either replica may be asked; those of driver memory know nothing of each other's VMs.
      const early = aLiveMigration({ namespace: 'team-a', spec: { instanceName: 'nobody' } });
      const { stderr } = await kubectl(cluster.controlPlane, ['apply', '--dry-run=server', '-f', '-'], {
        input: early,
      });
      expect(stderr).toBe(
        'Warning: Instance team-a/nobody is not there yet; the LiveMigration waits for it.\n',
      );
    },
    LONG,
  );

  it(
    'is upgraded with its CRDs and rights; admission goes on, and stays trusted',
    async () => {
      const [before, authorities] = [await columns(), await trusted()];
      const stop = new AbortController();
      const refused: string[] = [];
      const asking = askAllTheTime(stop.signal, refused);

      await done('upgrade', 'medevac', CHART, ...WITH);
      stop.abort();

      expect(await asking).toBeGreaterThan(10);
      expect(refused).toEqual([]);
      expect(await columns()).toBe(before + 1);
      expect(await trusted()).toEqual(authorities);
      expect((await pods()).map(({ image }) => image)).toEqual(['medevac:0.1.0', 'medevac:0.1.0']);
      const role = await cluster.kubectl(['get', 'clusterrole', 'medevac', '-o', 'yaml']);
      expect(role).not.toContain("- '*'");
      const { status } = await json<{ status: { state: string } }>(
        'get',
        '-n',
        'team-a',
        'instance',
        'stays',
      );
      expect(status.state).toBe('Stopped');
    },
    LONG,
  );

  /** Asks for an Instance, but for storing it, again and again; how often. */
  async function askAllTheTime(signal: AbortSignal, refused: string[]): Promise<number> {
    const path = '/apis/compute.medevac.dev/v1beta1/namespaces/team-a/instances';
    let asked = 0;
    for (; !signal.aborted; asked += 1) {
      const body = anInstance({ name: `asked-${asked}`, namespace: 'team-a' });
      await cluster.admin
        .request({ method: 'POST', path, query: { dryRun: 'All' }, body })
        .catch((error: unknown) => refused.push(String(error)));
      await delay(50);
    }
    return asked;
  }

  it(
    'the same again changes nothing',
    async () => {
      const read = () =>
        json<{ metadata: { generation: number } }>('get', 'deploy', '-n', NAMESPACE, 'medevac');
      const { metadata } = await read();
      await done('upgrade', 'medevac', CHART, ...WITH);
      expect((await read()).metadata.generation).toBe(metadata.generation);
    },
    LONG,
  );

  it(
    'an upgrade that can not come up is told, taken back, and does no harm',
    async () => {
      const { code, stderr } = await cluster.helm(
        'upgrade',
        'medevac',
        CHART,
        ...['-n', NAMESPACE, '--wait', '--timeout', '10s', '--rollback-on-failure'],
        ...['--set', 'driver=memory,image.tag=missing'],
      );
      expect(code).toBe(1);
      expect(stderr).toContain('medevac');
      await waitFor(
        'the Pods are those of before',
        async () => (await pods()).every(({ image }) => image === 'medevac:0.1.0'),
        { timeoutMs: 30_000 },
      );
      await cluster.kubectl(['rollout', 'status', '-n', NAMESPACE, 'deploy/medevac', '--timeout=10s']);
    },
    LONG,
  );

  it(
    'is rolled back to what was there first',
    async () => {
      await done('rollback', 'medevac', '1', '-n', NAMESPACE, '--wait', '--timeout', '90s');
      expect((await pods()).map(({ image }) => image)).toEqual(['medevac:0.0.9', 'medevac:0.0.9']);
    },
    LONG,
  );

  it(
    'is uninstalled: Instances and their kinds stay, all else goes; and it can be installed again',
    async () => {
      await done('uninstall', 'medevac', '-n', NAMESPACE, '--wait', '--timeout', '90s');
      const kinds = 'clusterrole,clusterrolebinding,validatingwebhookconfiguration,validatingadmissionpolicy';
      const left = await cluster.kubectl([
        'get',
        kinds,
        '-o',
        'name',
        '-l',
        'app.kubernetes.io/name=medevac',
      ]);
      expect(left).toBe('');
      await waitFor(
        'the Pods are gone',
        async () => (await cluster.kubectl(['get', 'deploy,pods,svc', '-n', NAMESPACE, '-o', 'name'])) === '',
        { timeoutMs: 20_000 },
      );
      expect(await cluster.kubectl(['get', 'instances', '-A', '-o', 'name'])).toBe(
        'instance.compute.medevac.dev/stays\n',
      );

      await done('install', 'medevac', CHART, ...WITH);
      expect((await pods()).map(({ image }) => image)).toEqual(['medevac:0.1.0', 'medevac:0.1.0']);
    },
    LONG,
  );
});
