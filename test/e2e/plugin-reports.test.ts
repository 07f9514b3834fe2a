import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { RESOURCE_QUOTAS } from '../../src/api/resources.ts';
import { ResourceClient } from '../../src/kube/resource-client.ts';
import type { KubeObject } from '../../src/kube/resource.ts';
import type { Printed } from '../support/kubectl.ts';
import { Plugin } from '../support/plugin.ts';
import { useStage } from './use-stage.ts';

const STORY = 90_000;

describe('what kubectl medevac tells, on KubeVirt', () => {
  const scene = useStage('told');
  let plugin: Plugin;

  beforeAll(async () => {
    plugin = await Plugin.install(scene.stage.controlPlane);
  });

  const medevac = (...args: string[]): Promise<Printed> =>
    plugin.run([...args, '-n', scene.stage.namespace], { user: scene.stage.user });
  const refused = (text: string, code: number): Printed => ({ code, stdout: '', stderr: `error: ${text}\n` });

  it(
    'shows which nodes can send and receive rescued VMs, and why one can’t',
    async () => {
      const { code, stdout, stderr } = await plugin.run(['capabilities']);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      const lines = stdout.split('\n').map((line) => line.split(/ {2,}/));
      expect(lines[0]).toEqual(['NODE', 'SOURCE', 'DESTINATION', 'DRIVER', 'VERSION', 'OVERRIDE', 'REASON']);
      expect(lines[4]).toEqual([
        'node-d',
        'no',
        'no',
        'kubevirt',
        'v1.5.2',
        '-',
        'its hypervisor is v1.5.2, older than v1.6.0',
      ]);
      expect(stdout).toMatch(/\n\nNo rescued VM can leave: node-d\.\nNo rescued VM can go to: node-d\.\n$/);
      expect(await medevac('capabilities')).toEqual(
        refused(
          'nodes is forbidden: User "alice" cannot list resource "nodes" in API group "" at the cluster scope. ' +
            'Ask an admin of the cluster for that right.',
          1,
        ),
      );
    },
    STORY,
  );

  it(
    'forecasts a drain, and tells the history of an Instance afterwards',
    async () => {
      const { name } = scene.act();
      const { node = '' } = (await scene.play.rescued()).status ?? {};
      const others = ['node-a', 'node-b', 'node-c'].filter((other) => other !== node);

      const plan = await plugin.run(['drain-plan', node]);
      expect(plan.code).toBe(0);
      expect(plan.stderr).toBe(
        'To which of the nodes in TO a VM goes, and whether there is room for all of them together, kube-scheduler decides; ' +
          'taints, affinity and priorities are its, too.\n',
      );
      expect(plan.stdout.split('\n')[1]?.split(/ {2,}/)).toEqual([
        node,
        'team-a',
        name,
        'yes',
        'Migrates',
        others.join(','),
      ]);
      const all = await plugin.run(['drain-plan', ...others, node]);
      expect(all.code).toBe(1);
      expect(all.stdout).toContain('Blocked (NoCapableDestination)');
      await limitPods('1');
      const limited = await plugin.run(['drain-plan', node]);
      await limitPods(undefined);
      expect(limited.code).toBe(1);
      expect(limited.stdout).toContain(
        `The drain can't move Instance team-a/${name}: ResourceQuota team-a/small has no room for the Pod at the destination: ` +
          'it needs 1 Pod(s); left: 0 Pod(s). Raise the quota: while a VM moves, it has two Pods.',
      );
      expect(await plugin.run(['drain-plan', 'node-x'])).toEqual(
        refused('There is no node node-x. kubectl get nodes shows those that there are.', 1),
      );

      expect((await medevac('migrate', name, '--name', `${name}-away`, '--wait')).code).toBe(0);
      const { stdout } = await medevac('history', name, '-o', 'json');
      expect(JSON.parse(stdout)).toMatchObject({
        history: expect.arrayContaining([
          expect.objectContaining({
            what: expect.stringMatching(new RegExp(`^LiveMigration ${name}-away ${node} -> node-[abc]$`)),
            result: 'Succeeded',
            by: 'medevac-cli',
          }),
          expect.objectContaining({ what: 'Rescue from registry.example/rescue:1', result: 'Rescued' }),
        ]),
      });
    },
    STORY,
  );

  /** A quota that is used up, as kube-controller-manager counts, of which there is none here. */
  async function limitPods(pods: string | undefined): Promise<void> {
    const { admin, namespace } = scene.stage;
    const quotas = new ResourceClient<KubeObject>(admin, RESOURCE_QUOTAS);
    const key = { namespace, name: 'small' };
    if (pods === undefined) {
      await quotas.delete(key);
      return;
    }
    await quotas.create({ metadata: key, spec: { hard: { pods } } } as KubeObject);
    await quotas.mergePatch(key, { status: { hard: { pods }, used: { pods } } }, { subresource: 'status' });
  }

  it(
    'completes verbs, flags and names as kubectl asks for them',
    async () => {
      const { name } = scene.act();
      await scene.play.apply({ powerState: 'Stopped' });
      const completed = async (...words: string[]) => {
        const { stdout } = await plugin.kubectl(['__complete', 'medevac', ...words], {
          user: scene.stage.user,
        });
        return stdout.split('\n').map((line) => line.split('\t')[0]);
      };
      expect(await completed('unr')).toEqual(['unrescue', ':4', '']);
      expect(await completed('unrescue', '-n', 'team-a', name)).toContain(name);
      expect(await completed('list', '--all')).toEqual(['--all-namespaces', ':4', '']);
      expect(await completed('list', '-o', '')).toEqual(['json', 'yaml', 'wide', ':4', '']);
    },
    STORY,
  );

  it(
    'answers what it can’t do in one sentence, with the remedy',
    async () => {
      const { folder } = scene.stage.controlPlane;
      const nowhere = join(folder, 'nowhere.kubeconfig');
      await writeFile(
        nowhere,
        JSON.stringify({
          'current-context': 'x',
          clusters: [{ name: 'x', cluster: { server: 'http://127.0.0.1:1' } }],
          contexts: [{ name: 'x', context: { cluster: 'x', user: 'x' } }],
        }),
      );
      expect(await plugin.run(['rescue', 'web-1', '--image', 'a/b:1'], { kubeconfig: nowhere })).toEqual(
        refused(
          'The API server http://127.0.0.1:1 does not answer: connect ECONNREFUSED 127.0.0.1:1. ' +
            'Check that the cluster is up, or name another one with --context.',
          4,
        ),
      );
      expect(await plugin.run(['list'], { kubeconfig: join(folder, 'none') })).toEqual(
        refused(`found no kubeconfig at ${join(folder, 'none')}: give a path, or set KUBECONFIG.`, 4),
      );
      expect(await medevac('list', '--context', 'gone')).toEqual(
        refused('kubeconfig has no context "gone" with a cluster.', 4),
      );
      expect(await medevac('rescue', 'web-1')).toEqual(
        refused(
          'Name one rescue system: --image IMAGE, --claim CLAIM, or --volume POOL/NAME with the driver libvirt.',
          2,
        ),
      );
      expect(await medevac('rescu', 'web-1')).toEqual(
        refused('there is no verb "rescu". See kubectl medevac --help.', 2),
      );
      expect(await plugin.run(['list', '--as', 'bob'])).toEqual(
        refused(
          'instances.compute.medevac.dev is forbidden: User "bob" cannot list resource "instances" in API group ' +
            '"compute.medevac.dev" in the namespace "default". Ask an admin of the cluster for ClusterRole medevac:view.',
          1,
        ),
      );
    },
    STORY,
  );
});
