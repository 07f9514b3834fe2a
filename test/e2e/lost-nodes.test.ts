import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { KubeVirtSimulator } from '../kubevirt-simulator/simulator.ts';
import { readVm } from '../support/evidence.ts';
import { kubectl } from '../support/kubectl.ts';
import { raiseStage, type Stage } from '../support/stage.ts';
import { waitFor } from '../support/wait.ts';
import { conditionOf, Play } from './play.ts';

/** How long a story may take on a busy machine. Milliseconds. */
const STORY = 90_000;

interface Transfer {
  readonly source: string;
  readonly destination: string;
  /** Of the LiveMigration. */
  readonly name: string;
}

describe('a node that is lost while a rescued Instance is migrated, on KubeVirt', () => {
  let stage: Stage;
  let simulator: KubeVirtSimulator;
  let play: Play;
  let plays = 0;

  beforeAll(async () => {
    stage = await raiseStage('kubevirt');
    if (stage.simulator === undefined) throw new Error('no simulator');
    simulator = stage.simulator;
    // For each of the three that are lost for good in these stories.
    for (const name of ['node-e', 'node-f', 'node-g']) await simulator.addNode({ name });
  }, 150_000);
  afterAll(() => stage.close());
  afterEach(() => play.close());

  const vm = () => readVm(stage.admin, { namespace: stage.namespace, name: play.name });

  /** A rescued Instance in the middle of a transfer. */
  async function transferring(): Promise<Transfer> {
    plays += 1;
    play = new Play(stage, `moved-${plays}`);
    const rescued = await play.rescued();
    simulator.fail(play.key, { delays: { migrationMs: 30_000 } });
    const name = await play.migrate('away');
    const { status } = await play.migrationUntil(
      name,
      'is Running, to a node that is known',
      (migration) => migration.status?.phase === 'Running' && migration.status.destination !== undefined,
    );
    // Before memory comes in at the destination, KubeVirt has nothing that it could stop.
    await waitFor('the destination receives', async () => {
      const field = 'jsonpath={.status.migrationState.targetNodeDomainDetected}';
      const args = ['get', 'virtualmachineinstance', play.name, '-n', stage.namespace, '-o', field];
      return (await kubectl(stage.controlPlane, args)).stdout === 'true';
    });
    return { source: rescued.status?.node ?? '', destination: status?.destination?.node ?? '', name };
  }

  async function typedByAdmin(...args: string[]): Promise<void> {
    const { code, stderr } = await kubectl(stage.controlPlane, args);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
  }

  /** Every node that the Instance was shown on since a mark, in order. */
  function nodesSince(mark: number): string[] {
    const shown = play.observer.instances
      .slice(mark)
      .filter(({ object }) => object.metadata.name === play.name)
      .flatMap(({ object }) => object.status?.node ?? []);
    return shown.filter((node, index) => node !== shown[index - 1]);
  }

  /** The nodes of the pods in which a guest runs, as far as anybody hears of them. */
  async function podsOn(): Promise<string[]> {
    const { stdout } = await kubectl(stage.controlPlane, [
      ...['get', 'pods', '-n', stage.namespace, '--field-selector', 'status.phase=Running', '-o'],
      `jsonpath={range .items[?(@.metadata.annotations.kubevirt\\.io/domain=="${play.name}")]}{.spec.nodeName}{"\\n"}{end}`,
    ]);
    return stdout.split('\n').filter((node) => node !== '');
  }

  it.each([
    {
      way: 'the taint out-of-service',
      giveUp: async (node: string) => {
        await typedByAdmin('taint', 'node', node, 'node.kubernetes.io/out-of-service=nodeshutdown:NoExecute');
        await simulator.nodes.fence(node);
      },
    },
    {
      way: 'deleting the Node',
      giveUp: async (node: string) => {
        await typedByAdmin('delete', 'node', node);
        await simulator.nodes.remove(node);
      },
    },
  ])(
    'as its source: Unknown and left alone, until $way says that it is off; then it is rescued elsewhere',
    async ({ giveUp }) => {
      const { source, name } = await transferring();
      const before = await vm();
      const mark = play.mark();

      await simulator.nodes.lose(source);

      const lost = await play.instance('it is Unknown', ({ status }) => status?.state === 'Unknown');
      expect(conditionOf(lost, 'Ready')).toMatchObject({ status: 'False', reason: 'NodeLost' });
      // What a user asks for meanwhile is seen, and nothing is done.
      await play.accepted(['patch', 'inst', play.name, '--type=merge', '-p', '{"spec":{"memory":"2Gi"}}']);
      await play.instance(
        'the edit is seen',
        ({ metadata, status }) => status?.observedGeneration === metadata.generation,
      );
      const { stdout: phase } = await play.accepted(['get', 'lm', name, '-o', 'jsonpath={.status.phase}']);
      expect(phase).toBe('Running');
      expect(await vm()).toEqual(before);

      await giveUp(source);

      const migration = await play.ended(name);
      expect(conditionOf(migration, 'Stalled')).toMatchObject({ status: 'True', reason: 'GuestLost' });
      expect(migration.status).toMatchObject({ phase: 'Failed', source: { node: source } });
      expect(migration.status?.outcome).toBeUndefined();
      const again = await play.settled('Rescued');
      expect(again.status?.node).not.toBe(source);
      expect(play.statesSince(mark)).toEqual(['Unknown', 'Starting', 'Rescued']);
      expect(nodesSince(mark)).toEqual([source, again.status?.node]);
      expect(await podsOn()).toEqual([again.status?.node]);
      const after = await vm();
      expect(after.disks).toEqual(before.disks);
      expect(after.vmUid).not.toBe(before.vmUid);
    },
    STORY,
  );

  it.each([
    {
      way: 'the taint out-of-service',
      end: async ({ destination }: Transfer) => {
        await typedByAdmin(
          'taint',
          'node',
          destination,
          'node.kubernetes.io/out-of-service=nodeshutdown:NoExecute',
        );
        await simulator.nodes.fence(destination);
      },
      want: { phase: 'Failed', reason: 'MigrationFailed' },
    },
    {
      way: 'an abort',
      end: async ({ name }: Transfer) => {
        await play.accepted(['patch', 'lm', name, '--type=merge', '-p', '{"spec":{"abort":true}}']);
      },
      want: { phase: 'Aborted', reason: 'AbortRequested' },
    },
  ])(
    'as its destination: Rescued on its source all the way, and the migration is ended by $way',
    async ({ end, want }) => {
      const transfer = await transferring();
      const { source, destination, name } = transfer;
      const before = await vm();
      const mark = play.mark();

      await simulator.nodes.lose(destination);
      await end(transfer);

      const migration = await play.ended(name);
      expect(migration.status).toMatchObject({ phase: want.phase, outcome: { node: source } });
      expect(conditionOf(migration, 'Completed')).toMatchObject({ status: 'False', reason: want.reason });
      expect(conditionOf(migration, 'Completed')?.message).toMatch(
        new RegExp(`\\. The guest is unharmed on node "${source}"\\.$`),
      );
      await play.instance('the lock is given back', ({ status }) => status?.operation === undefined);
      expect(play.statesSince(mark)).toEqual(['Rescued']);
      expect(nodesSince(mark)).toEqual([source]);
      expect(await vm()).toEqual(before);
      await simulator.nodes.fence(destination);
      await waitFor('its pod alone is left', async () => {
        const pods = await podsOn();
        return pods.length === 1 && pods[0] === source;
      });
    },
    STORY,
  );
});
