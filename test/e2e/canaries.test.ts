import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { ResourceClient } from '../../src/kube/resource-client.ts';
import type { KubeObject, Resource } from '../../src/kube/resource.ts';
import { aDisk, aRescue, aTemplatedInstance } from '../builders/instance.ts';
import { OPERATOR_NAMESPACE, OPERATOR_USER } from '../support/installed-control-plane.ts';
import { kubectl } from '../support/kubectl.ts';
import { waitFor } from '../support/wait.ts';
import { conditionOf } from './play.ts';
import { useStage } from './use-stage.ts';

const LONG = 150_000;
const core = (plural: string, kind: string): Resource => ({
  group: '',
  version: 'v1',
  plural,
  kind,
  namespaced: true,
});
const SECRETS = core('secrets', 'Secret');

/** Secrets where users put them: each is in the cluster, and nowhere that medevac writes. */
const PLANTED = {
  cloudInit: 'canary-of-a-cloud-init-secret',
  annotation: 'canary-of-an-annotation',
  userData: 'canary-of-a-native-template',
  password: 'canary-of-a-refused-template',
} as const;

describe('with secrets in every place where one can be, at log level trace', () => {
  const scene = useStage('discreet', { settings: { 'log-level': 'trace' } });
  /** By what it is of. */
  const canaries = new Map<string, string>(Object.entries(PLANTED));

  beforeAll(async () => {
    const { admin, controlPlane, namespace } = scene.stage;
    const secrets = new ResourceClient<KubeObject & { data?: Record<string, string> }>(admin, SECRETS);
    const seed = { metadata: { name: 'seed', namespace }, stringData: { userdata: PLANTED.cloudInit } };
    await secrets.create(seed);
    canaries.set('the token of the operator', controlPlane.token(OPERATOR_USER));
    const key = { namespace: OPERATOR_NAMESPACE, name: 'medevac-webhook-certificate' };
    const { data = {} } = await secrets.get(key);
    for (const [name, value] of Object.entries(data).filter(([name]) => name.endsWith('.key'))) {
      // A line of the key: the first and the last ones are the same in all.
      const line = Buffer.from(value, 'base64').toString().split('\n')[1] ?? '';
      canaries.set(name, line);
      canaries.set(`${name}, encoded`, value.slice(100, 160));
    }
  });

  const admin = (...args: readonly string[]) => kubectl(scene.stage.controlPlane, args);

  /** A VM of a native template whose seed has a password. */
  async function applyTemplated(name: string, bus: string): Promise<void> {
    const userData = bus === 'virtio' ? PLANTED.userData : PLANTED.password;
    const template = {
      spec: {
        domain: { devices: { disks: [{ name: 'root', disk: { bus } }] }, memory: { guest: '64Mi' } },
        volumes: [
          { name: 'root', containerDisk: { image: 'registry.example/os:1' } },
          { name: 'seed', cloudInitNoCloud: { userData } },
        ],
      },
    };
    const metadata = { name, namespace: scene.stage.namespace };
    const input = { ...aTemplatedInstance(template), metadata };
    const printed = await kubectl(scene.stage.controlPlane, ['apply', '-f', '-'], { input });
    expect(printed).toMatchObject({ code: 0 });
  }

  it(
    'things go well, fail, and are tried again',
    async () => {
      const play = scene.act();
      const seeded = [
        aDisk({ source: { containerDisk: { image: 'registry.example/root:1' } } }),
        { name: 'seed', device: 'CDROM', source: { cloudInit: { secretName: 'seed' } } } as const,
      ];
      await play.apply({ disks: seeded });
      await play.accepted(['annotate', 'inst', play.name, `example.com/password=${PLANTED.annotation}`]);
      await play.settled('Running');
      await play.apply({ disks: seeded, rescue: aRescue() });
      await play.settled('Rescued');
      scene.stage.simulator?.fail(play.key, { migrationFails: 'as it was told' });
      await play.ended(await play.migrate('away'));

      await applyTemplated('refused', 'floppy');
      await play.observer.until('what KubeVirt refuses is told', () =>
        play.observer.instances.find(
          ({ object }) =>
            object.metadata.name === 'refused' && conditionOf(object, 'Stalled')?.status === 'True',
        ),
      );
      await applyTemplated('native', 'virtio');
      await play.observer.until('the native one runs', () =>
        play.observer.instances.find(
          ({ object }) => object.metadata.name === 'native' && object.status?.state === 'Running',
        ),
      );
      await scene.stage.controlPlane.restartApiServer('SIGKILL');
      await scene.stage.restartOperator();
      await play.apply({ disks: seeded });
      // The watches of who looks on have ended with the API server.
      const path = ['-o', 'jsonpath={.status.state}', '-n', scene.stage.namespace];
      const unrescued = () =>
        admin('get', 'inst', play.name, ...path).then(({ stdout }) => stdout === 'Running');
      expect(await waitFor('it is unrescued', unrescued, { timeoutMs: 30_000 })).toBe(true);
    },
    LONG,
  );

  it(
    'and none is in what medevac logs, tells and shows',
    async () => {
      const { operator, namespace } = scene.stage;
      const read = async (...kinds: readonly string[]) =>
        (await admin('get', kinds.join(','), '-A', '-o', 'json')).stdout;
      const statuses = JSON.parse(await read('instances', 'livemigrations', 'nodes')) as {
        items: { status?: unknown; metadata: { labels?: unknown } }[];
      };
      const places = {
        'the log': await readFile(operator.logFile, 'utf8'),
        Events: await read('events'),
        statuses: JSON.stringify(statuses.items.map(({ status, metadata }) => [status, metadata.labels])),
        metrics: await operator.metrics(),
        'the Lease': await read('leases'),
        'webhook configurations': await read(
          'validatingwebhookconfigurations',
          'mutatingwebhookconfigurations',
        ),
      };
      const found = Object.entries(places).flatMap(([place, text]) =>
        [...canaries].filter(([, canary]) => text.includes(canary)).map(([what]) => `${what} in ${place}`),
      );
      expect(found).toEqual([]);

      // They were there to be found, and there was something to find them in.
      const spec = await waitFor('the specs', () => read('instances', 'virtualmachines'));
      expect(Object.values(PLANTED).filter((canary) => !spec.includes(canary))).toEqual([PLANTED.cloudInit]);
      expect([...canaries.values()].filter((canary) => canary.length < 16)).toEqual([]);
      expect(canaries.size).toBeGreaterThan(7);
      expect(places['the log']).toContain('"level":"debug"');
      expect(places['the log']).toContain('"level":"warn"');
      expect(places.Events).toContain('"reason": "Rescued"');
      expect(places.statuses).toContain(`Driver kubevirt refuses Instance ${namespace}/refused`);
    },
    LONG,
  );
});
