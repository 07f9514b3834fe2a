import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { Transport } from '../../../src/kube/transport.ts';
import { startControlPlane } from '../../control-plane/control-plane.ts';
import type { ControlPlane } from '../../control-plane/control-plane.ts';
import type { Pod } from '../../kubevirt-simulator/objects/cluster-kinds.ts';
import { exceptionFor } from '../../kubevirt-simulator/replay/exceptions.ts';
import { readTrace } from '../../kubevirt-simulator/replay/lines.ts';
import { Recorder } from '../../kubevirt-simulator/replay/recorder.ts';
import { chooserOf, Replay } from '../../kubevirt-simulator/replay/replay.ts';
import { cleanups, preparations, scenarios } from '../../kubevirt-simulator/replay/scenarios.ts';
import { startKubeVirtSimulator } from '../../kubevirt-simulator/simulator.ts';
import type { KubeVirtSimulator } from '../../kubevirt-simulator/simulator.ts';
import { simulatorUsers } from '../../kubevirt-simulator/users.ts';
import { waitFor } from '../../support/wait.ts';

const logger = pino({ level: 'silent' });

/** Machines of an earlier scenario would count against the limits of the next. */
async function removeAll(admin: Transport, namespace: string): Promise<void> {
  const path = `/apis/kubevirt.io/v1/namespaces/${namespace}/virtualmachines`;
  await admin.request({ method: 'DELETE', path });
  const policies = '/apis/migrations.kubevirt.io/v1alpha1/migrationpolicies';
  await admin.request({ method: 'DELETE', path: policies });
  await waitFor('the end of all machines', async () => {
    const { items } = await admin.request<{ items: unknown[] }>({ method: 'GET', path });
    if (items.length > 0) {
      throw new Error(`still there: ${JSON.stringify(items)}`);
    }
    return true;
  });
}

describe('the simulator, held against recordings of the real virt-api and virt-controller', () => {
  let controlPlane: ControlPlane;
  let simulator: KubeVirtSimulator;
  let admin: Transport;
  let recorder: Recorder | undefined;
  let choose: (pod: Pod) => string | undefined = () => undefined;
  const report: string[] = [];

  beforeAll(async () => {
    controlPlane = await startControlPlane({ users: { ...simulatorUsers, alice: ['devs'] } });
    admin = new Transport(controlPlane.connection());
    simulator = await startKubeVirtSimulator({
      controlPlane,
      nodes: ['node-1', 'node-2', 'node-3', 'node-4'].map((name) => ({ name })),
      chooseNode: (pod) => choose(pod),
      observe: (write) => {
        recorder?.observe(write);
      },
    });
  }, 90_000);

  afterAll(async () => {
    process.stdout.write(`${report.join('\n')}\n`);
    await admin.close();
    await simulator.stop();
    await controlPlane.stop();
  });

  it.each(scenarios)(
    '%s',
    async (scenario) => {
      const lines = await readTrace(scenario);
      const namespace = `vms-${scenario}`;
      const recording = new AbortController();
      await admin.request({
        method: 'POST',
        path: '/api/v1/namespaces',
        body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
      });
      choose = chooserOf(lines);
      recorder = new Recorder({ transport: admin, namespace, logger, signal: recording.signal });
      const parts = { simulator, admin, namespace };
      const before = Object.fromEntries(
        Object.entries(preparations[scenario] ?? {}).map(([index, prepare]) => [index, () => prepare(parts)]),
      );
      const replay = new Replay(lines, { controlPlane, recorder, namespace, before });

      try {
        await replay.run();
      } finally {
        recording.abort();
        await cleanups[scenario]?.(parts);
        await removeAll(admin, namespace);
      }

      const results = Object.values(replay.compare());
      const differences = results.flatMap((result) => result.differences);
      const unexplained = differences.filter(
        (difference) => exceptionFor(scenario, difference) === undefined,
      );
      const compared = results.reduce((sum, result) => sum + result.compared, 0);
      report.push(`${scenario}: ${compared} compared, ${differences.length - unexplained.length} excepted`);
      expect(
        unexplained.map(({ what, where, want, got }) => `${what} of ${where}\n  want ${want}\n  got  ${got}`),
      ).toStrictEqual([]);
    },
    120_000,
  );
});
