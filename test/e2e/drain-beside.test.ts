import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { ADOPT_ANNOTATION, EVICTED_LABEL } from '../../src/api/names.ts';
import { kubectl, type Printed } from '../support/kubectl.ts';
import {
  clearTheStage,
  cordonAllBut,
  drain,
  gather,
  inFlight,
  nth,
  slowDown,
  uncordonAll,
  type Inhabitant,
} from './drained.ts';
import { Machines } from './machines.ts';
import type { Play } from './play.ts';
import { useStage } from './use-stage.ts';

const STORY = 150_000;
const VM = {
  firmware: { uuid: 'aaaaaaaa-0000-4000-8000-000000000001', serial: 'FOREIGN-1' },
  macAddress: '52:54:00:12:34:56',
  evictionStrategy: 'LiveMigrate',
} as const;

describe("kubectl drain, beside KubeVirt's own migrations", () => {
  const scene = useStage('beside');
  let machines: Machines;

  beforeAll(() => {
    machines = new Machines(scene.stage.admin, scene.stage.namespace);
  });
  afterEach(() => clearTheStage(scene), 60_000);

  /** What `virtctl migrate` leads to. */
  function migrateByVirtctl(name: string, vmiName: string): Promise<Printed> {
    const input = {
      apiVersion: 'kubevirt.io/v1',
      kind: 'VirtualMachineInstanceMigration',
      metadata: { name },
      spec: { vmiName },
    };
    return kubectl(scene.stage.controlPlane, ['create', '-n', scene.stage.namespace, '-f', '-'], { input });
  }

  /** Names of the LiveMigrations that drains have made for it. */
  function madeByDrains({ name, observer }: Play): string[] {
    const made = observer.migrations
      .map(({ object }) => object)
      .filter(
        ({ spec, metadata }) => spec.instanceName === name && metadata.labels?.[EVICTED_LABEL] !== undefined,
      );
    return [...new Set(made.map(({ metadata }) => metadata.name))];
  }

  it(
    'waits for what virtctl moves meanwhile, and leaves a VM that is nobody’s to KubeVirt',
    async () => {
      await cordonAllBut(scene, 'node-a');
      await machines.create('nobodys', VM);
      const before = await machines.running('nobodys');
      const inhabitants = await gather(scene, 'node-a', ['Running', 'Rescued', 'Running']);
      slowDown(
        scene,
        inhabitants.map(({ play }) => play.key),
        6_000,
      );

      const drained = drain(scene, 'node-a');
      const flying = (await inFlight(inhabitants, 2)).map(({ one }) => one);
      const waiting = nth(
        inhabitants.filter((one) => !flying.includes(one)),
        0,
      );
      const [first] = flying;
      const refused = await migrateByVirtctl('too-late', first?.play.name ?? '');
      const accepted = await migrateByVirtctl('by-virtctl', waiting.play.name);
      const { code, stderr } = await drained;

      expect(refused.stderr).toContain(
        `KubeVirt's own migration of Instance ${first?.play.key ?? ''} is refused: it is being migrated by LiveMigration `,
      );
      expect(accepted.code).toBe(0);
      expect(stderr).toMatch(
        new RegExp(
          `Instance ${waiting.play.key} is being live-migrated off node "node-a"( to node "node-[bcd]")? ` +
            'by VirtualMachineInstanceMigration by-virtctl \\(',
        ),
      );
      expect(code).toBe(0);
      expect(madeByDrains(waiting.play)).toEqual([]);
      for (const one of inhabitants) await arrived(one);
      expect(stderr).not.toContain('Instance team-a/nobodys');
      const after = await machines.running('nobodys');
      expect(after.metadata.uid).toBe(before.metadata.uid);
      expect(after.status.nodeName).not.toBe('node-a');
    },
    STORY,
  );

  async function arrived(one: Inhabitant): Promise<void> {
    const { node, boot } = await one.whereabouts();
    expect(boot).toBe(one.boot);
    expect(node).not.toBe('node-a');
    expect(one.statesSince()).toEqual([one.state]);
  }

  it(
    'goes on with what KubeVirt has begun while medevac was down, for a VM that was adopted as it runs',
    async () => {
      const play = scene.act();
      await cordonAllBut(scene, 'node-a');
      await machines.create(play.name, VM);
      const before = await machines.running(play.name);
      await play.apply({ placement: {} });
      const { namespace, controlPlane } = scene.stage;
      await kubectl(controlPlane, [
        'annotate',
        'inst',
        play.name,
        `${ADOPT_ANNOTATION}=true`,
        '-n',
        namespace,
      ]);
      await play.settled('Running');
      await uncordonAll(scene);
      // It must go on when the operator is back.
      slowDown(scene, [play.key], 25_000);
      await scene.stage.operator.stop();

      const held = await drain(scene, 'node-a', '--timeout=3s');
      await scene.stage.restartOperator();
      const { code, stderr } = await drain(scene, 'node-a');

      expect(held.stderr).toContain('Eviction triggered evacuation of VMI');
      expect(stderr).toMatch(/by VirtualMachineInstanceMigration kubevirt-evacuation-\w+ \(/);
      expect(code).toBe(0);
      expect(madeByDrains(play)).toEqual([]);
      const after = await machines.running(play.name);
      expect(after.metadata.uid).toBe(before.metadata.uid);
      expect(after.status.nodeName).not.toBe('node-a');
      await play.settled('Running');
    },
    STORY,
  );
});
