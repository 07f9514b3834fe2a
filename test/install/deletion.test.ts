import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { kubectl } from '../support/kubectl.ts';
import { describeWhereThereIs } from '../support/describe-where-there-is.ts';
import { waitFor } from '../support/wait.ts';
import { startDocsCluster, type DocsCluster } from './docs/docs-cluster.ts';
import { CHART, missingForHelm } from './helm.ts';

const LONG = 240_000;
const EXAMPLES = join(import.meta.dirname, '../../examples');
const OPERATOR = 'medevac-system';
const TENANT = 'team-a';
const OF_KUBEVIRT = 'virtualmachines,virtualmachineinstances,virtualmachineinstancemigrations';
const OURS = 'instances.compute.medevac.dev,livemigrations.compute.medevac.dev';
/** What the chart has beside what is in its namespace; the CRDs stay whatever goes. */
const CLUSTER_WIDE = [
  'clusterroles,clusterrolebindings',
  'validatingwebhookconfigurations,mutatingwebhookconfigurations',
  'validatingadmissionpolicies,validatingadmissionpolicybindings',
].join(',');

describeWhereThereIs('Helm', missingForHelm(), 'medevac and what it manages, deleted together,', () => {
  let docs: DocsCluster;

  beforeAll(async () => {
    docs = await startDocsCluster();
  }, LONG);
  afterAll(() => docs.close(), LONG);

  /** medevac, and a rescued VM whose migration is under way. */
  beforeEach(async () => {
    const { cluster } = docs;
    const args = ['upgrade', '--install', 'medevac', CHART, '-n', OPERATOR, '--create-namespace'];
    const { code, stderr } = await cluster.helm(...args, '--wait', '--timeout', '90s');
    if (code !== 0) throw new Error(stderr);
    await cluster.kubectl(['create', 'namespace', TENANT]);
    const apply = (name: string) => cluster.kubectl(['apply', '-f', join(EXAMPLES, name)]);
    const wait = (...condition: readonly string[]) =>
      cluster.kubectl(['wait', '-n', TENANT, ...condition, '--timeout=60s']);
    await apply('web-1-storage.yaml');
    await apply('web-1-rescued.yaml');
    await wait('instance/web-1', '--for=condition=Rescued');
    await wait('instance/web-1', '--for=condition=LiveMigratable');
    // Until all of it is gone, however long that takes.
    docs.simulator.fail(`${TENANT}/web-1`, { delays: { migrationMs: 300_000 } });
    await apply('web-1-away.yaml');
    await wait('livemigration/web-1-away', '--for=jsonpath={.status.phase}=Running');
  }, LONG);

  const deleted = (...args: readonly string[]) => docs.cluster.kubectl(['delete', ...args, '--timeout=60s']);

  /** Names of what there is of some kinds. */
  async function left(kinds: string, ...where: readonly string[]): Promise<string[]> {
    const { stdout } = await kubectl(docs.cluster.controlPlane, ['get', kinds, ...where, '-o', 'name']);
    return stdout.split('\n').filter(Boolean);
  }

  async function expectNothingIsLeft(kinds: string): Promise<void> {
    await waitFor('all of it is gone', async () => (await left(kinds, '-A')).length === 0, {
      timeoutMs: 30_000,
    });
  }

  it(
    'uninstalled while an Instance migrates: that stays, its VM as well, and both go with their namespace',
    async () => {
      const { code } = await docs.cluster.helm('uninstall', 'medevac', '-n', OPERATOR, '--wait');
      expect(code).toBe(0);
      expect(await left(CLUSTER_WIDE, '-l', 'app.kubernetes.io/name=medevac')).toEqual([]);
      expect(await left('virtualmachineinstances', '-n', TENANT)).toHaveLength(1);

      await deleted('namespace', TENANT);
      expect(await left(`${OF_KUBEVIRT},${OURS}`, '-A')).toEqual([]);
    },
    LONG,
  );

  it(
    'both namespaces at once: both end, and what is left is told to go by its label',
    async () => {
      await deleted('namespace', OPERATOR, TENANT);
      expect(await left(`${OF_KUBEVIRT},${OURS}`, '-A')).toEqual([]);

      await deleted(CLUSTER_WIDE, '-l', 'app.kubernetes.io/name=medevac');
      expect(await left(CLUSTER_WIDE, '-l', 'app.kubernetes.io/name=medevac')).toEqual([]);
    },
    LONG,
  );

  it(
    'an Instance and its operator by one command, in either order',
    async () => {
      const manifests = ['web-1-rescued.yaml', 'web-1-away.yaml'].flatMap((name) => [
        '-f',
        join(EXAMPLES, name),
      ]);
      await Promise.all([
        docs.cluster.helm('uninstall', 'medevac', '-n', OPERATOR, '--wait'),
        deleted(...manifests),
      ]);
      await expectNothingIsLeft(`${OF_KUBEVIRT},${OURS}`);
      await deleted('namespace', TENANT);
    },
    LONG,
  );

  it(
    'the CRDs, with the operator there: the VMs go as well, and so does the operator then',
    async () => {
      await deleted('crd', ...OURS.split(','));
      await expectNothingIsLeft(OF_KUBEVIRT);
      const { code } = await docs.cluster.helm('uninstall', 'medevac', '-n', OPERATOR, '--wait');
      expect(code).toBe(0);
      await deleted('namespace', OPERATOR, TENANT);
    },
    LONG,
  );
});
