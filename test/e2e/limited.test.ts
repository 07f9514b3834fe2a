import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { aDisk, anInstance, aRescue } from '../builders/instance.ts';
import { OPERATOR_USER } from '../support/installed-control-plane.ts';
import { kubectl, type Printed } from '../support/kubectl.ts';
import { forbiddenTo } from '../support/rights.ts';
import { drain, gather } from './drained.ts';
import { Machines } from './machines.ts';
import { useStage } from './use-stage.ts';

const LONG = 150_000;
const ELSEWHERE = 'team-b';

describe('an operator that is limited to a namespace, on KubeVirt', () => {
  const scene = useStage('limited', { settings: { namespaces: 'team-a' } });
  const admin = (args: readonly string[], input?: unknown): Promise<Printed> =>
    kubectl(scene.stage.controlPlane, args, { input });
  /** What somebody in another namespace has made, as the admin reads it. */
  const elsewhere = async (kind: string): Promise<unknown> =>
    (JSON.parse((await admin(['get', kind, '-n', ELSEWHERE, '-o', 'json'])).stdout) as { items: unknown })
      .items;

  beforeAll(async () => {
    await admin(['create', 'namespace', ELSEWHERE]);
  });

  it(
    'rescues, migrates and unrescues there',
    async () => {
      const play = scene.act();
      await play.rescued();
      expect((await play.ended(await play.migrate('away'))).status?.phase).toBe('Succeeded');
      await play.apply();
      await play.settled('Running');
    },
    LONG,
  );

  it(
    'leaves an Instance of another namespace as it is; the API server asks nobody about it',
    async () => {
      const source = { containerDisk: { image: 'registry.example/root:1' } };
      const manifest = anInstance({
        name: 'stranger',
        namespace: ELSEWHERE,
        spec: { disks: [aDisk({ source })], rescue: aRescue() },
      });

      expect(await admin(['create', '-f', '-'], manifest)).toMatchObject({ code: 0, stderr: '' });
      // Whatever comes to it in its turn would have come to the other one before.
      await scene.act().running();

      expect(await elsewhere('instances')).toEqual([
        expect.objectContaining({ status: { observedGeneration: -1 } }),
      ]);
      expect(await elsewhere('vm')).toEqual([]);
      expect(await elsewhere('events')).toEqual([]);
    },
    LONG,
  );

  it(
    'drains a node of its own VMs, and leaves those of other namespaces to KubeVirt',
    async () => {
      const [own] = await gather(scene, 'node-a', ['Running']);
      const machines = new Machines(scene.stage.admin, ELSEWHERE);
      const firmware = { uuid: 'aaaaaaaa-0000-4000-8000-000000000001', serial: 'STRANGER' };
      const stranger = {
        firmware,
        macAddress: '52:54:00:12:34:56',
        evictionStrategy: 'LiveMigrate',
      } as const;
      await admin(['cordon', 'node-b', 'node-c', 'node-d']);
      await machines.create('stranger', stranger);
      await machines.running('stranger');
      await admin(['uncordon', 'node-b', 'node-c', 'node-d']);

      const printed = await drain(scene, 'node-a');

      expect(printed.code).toBe(0);
      expect(await own?.whereabouts()).toMatchObject({
        boot: own?.boot,
        node: expect.not.stringMatching('node-a'),
      });
      expect(printed.stderr).not.toContain(`Instance ${ELSEWHERE}/`);
      expect(await elsewhere('livemigrations')).toEqual([]);
    },
    LONG,
  );

  it('has asked for nothing that it may not, and for nothing of another namespace', async () => {
    // A watch is in the log when it has ended.
    await scene.stage.operator.stop();
    const log = await scene.stage.controlPlane.auditLog();
    expect(forbiddenTo(log, OPERATOR_USER)).toEqual([]);
    const own = log.filter(
      ({ user, objectRef }) => user.username === OPERATOR_USER && objectRef !== undefined,
    );
    const places = own.map(
      ({ objectRef }) => `${objectRef?.namespace ?? 'cluster'}: ${objectRef?.resource ?? ''}`,
    );
    expect([...new Set(places)].filter((place) => !place.startsWith('team-a: ')).toSorted()).toEqual([
      'cluster: mutatingwebhookconfigurations',
      'cluster: nodes',
      'cluster: validatingwebhookconfigurations',
      'default: events',
      'kubevirt: pods',
      'medevac-system: leases',
      'medevac-system: secrets',
    ]);
    const said = await readFile(scene.stage.operator.logFile, 'utf8');
    expect(said.split('\n').filter((line) => line.includes('forbidden'))).toEqual([]);
    expect(said).toContain('"namespaces":["team-a"],"msg":"works in these namespaces alone"');
  });
});
