import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { Transport } from '../../../src/kube/transport.ts';
import { startControlPlane } from '../../control-plane/control-plane.ts';
import type { ControlPlane } from '../../control-plane/control-plane.ts';
import type { Pod } from '../../kubevirt-simulator/objects/cluster-kinds.ts';
import type { Difference } from '../../kubevirt-simulator/replay/compare.ts';
import { unexplained } from '../../kubevirt-simulator/replay/exceptions.ts';
import { readTrace } from '../../kubevirt-simulator/replay/lines.ts';
import type { TraceLine } from '../../kubevirt-simulator/replay/lines.ts';
import { Recorder } from '../../kubevirt-simulator/replay/recorder.ts';
import { chooserOf } from '../../kubevirt-simulator/replay/chooser.ts';
import { Replay } from '../../kubevirt-simulator/replay/replay.ts';
import {
  cleanups,
  preparations,
  reactions,
  scenarios,
  simultaneous,
  typed,
} from '../../kubevirt-simulator/replay/scenarios.ts';
import { startKubeVirtSimulator } from '../../kubevirt-simulator/simulator.ts';
import type { KubeVirtSimulator } from '../../kubevirt-simulator/simulator.ts';
import { simulatorUsers } from '../../kubevirt-simulator/users.ts';
import { waitFor } from '../../support/wait.ts';

const logger = pino({ level: 'silent' });

/** A simulator on which recordings are repeated, one after the other, each in a namespace of its own. */
class ReplayBench {
  readonly #controlPlane: ControlPlane;
  readonly #admin: Transport;
  readonly #report: string[] = [];
  #simulator!: KubeVirtSimulator;
  #recorder: Recorder | undefined;
  #choose: (pod: Pod) => string | undefined = () => undefined;

  private constructor(controlPlane: ControlPlane) {
    this.#controlPlane = controlPlane;
    this.#admin = new Transport(controlPlane.connection());
  }

  static async start(): Promise<ReplayBench> {
    const controlPlane = await startControlPlane({ users: { ...simulatorUsers, alice: ['devs'] } });
    const bench = new ReplayBench(controlPlane);
    bench.#simulator = await startKubeVirtSimulator({
      controlPlane,
      nodes: ['node-1', 'node-2', 'node-3', 'node-4'].map((name) => ({ name })),
      chooseNode: (pod) => bench.#choose(pod),
      observe: (write) => {
        bench.#recorder?.observe(write);
      },
    });
    return bench;
  }

  /** Prints how much was compared. */
  async stop(): Promise<void> {
    process.stdout.write(`${this.#report.join('\n')}\n`);
    await this.#admin.close();
    await this.#simulator.stop();
    await this.#controlPlane.stop();
  }

  /** @returns what differs from the recording and is no known exception */
  async replay(scenario: string): Promise<string[]> {
    const { compared, excepted, left } = await this.#run(scenario, await readTrace(scenario));
    this.#report.push(`${scenario}: ${compared} compared, ${excepted} excepted`);
    return left.map(({ what, where, want, got }) => `${what} of ${where}\n  want ${want}\n  got  ${got}`);
  }

  async #run(scenario: string, lines: readonly TraceLine[]): Promise<Verdict> {
    const namespace = `vms-${scenario}`;
    const recording = new AbortController();
    await this.#admin.request({
      method: 'POST',
      path: '/api/v1/namespaces',
      body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    });
    this.#choose = chooserOf(lines);
    const recorder = new Recorder({ transport: this.#admin, namespace, logger, signal: recording.signal });
    this.#recorder = recorder;
    const parts = { simulator: this.#simulator, admin: this.#admin, namespace };
    const before = Object.fromEntries(
      Object.entries(preparations[scenario] ?? {}).map(([index, prepare]) => [index, () => prepare(parts)]),
    );
    const replay = new Replay(lines, {
      controlPlane: this.#controlPlane,
      recorder,
      namespace,
      before,
      reactions: (reactions[scenario] ?? []).map(([after, act]) => ({ after, act: () => act(parts) })),
      simultaneous: simultaneous[scenario] ?? [],
      typed: typed[scenario] ?? {},
    });
    try {
      await replay.run();
      return await verdictOn(scenario, replay);
    } finally {
      recording.abort();
      await cleanups[scenario]?.(parts);
      await this.#removeAll(namespace);
    }
  }

  /** Machines of an earlier scenario would count against the limits of the next. */
  async #removeAll(namespace: string): Promise<void> {
    const path = `/apis/kubevirt.io/v1/namespaces/${namespace}/virtualmachines`;
    const policies = '/apis/migrations.kubevirt.io/v1alpha1/migrationpolicies';
    await this.#admin.request({ method: 'DELETE', path });
    await this.#admin.request({ method: 'DELETE', path: policies });
    await waitFor('the end of all machines', async () => {
      const { items } = await this.#admin.request<{ items: unknown[] }>({ method: 'GET', path });
      if (items.length > 0) {
        throw new Error(`still there: ${JSON.stringify(items)}`);
      }
      return true;
    });
  }
}

interface Verdict {
  readonly compared: number;
  /** Differences that are known. */
  readonly excepted: number;
  readonly left: readonly Difference[];
}

/** How long what comes beside the work may be late, when all else has come. Milliseconds. */
const LATE = 3_000;

/** What is missing is waited for. */
async function verdictOn(scenario: string, replay: Replay): Promise<Verdict> {
  const judge = (): Verdict => {
    const results = Object.values(replay.compare());
    const differences = results.flatMap((result) => result.differences);
    const left = unexplained(scenario, differences);
    const compared = results.reduce((sum, result) => sum + result.compared, 0);
    return { compared, excepted: differences.length - left.length, left };
  };
  const all = () => {
    const verdict = judge();
    return verdict.left.length === 0 && verdict;
  };
  return waitFor('nothing differs', all, { timeoutMs: LATE }).catch(judge);
}

/** A suite that repeats the recordings of a group. */
export function describeRecordings(group: keyof typeof scenarios): void {
  describe(`the simulator does what the real virt-api and virt-controller did: ${group}`, () => {
    let bench: ReplayBench;

    beforeAll(async () => {
      bench = await ReplayBench.start();
    }, 90_000);

    afterAll(async () => {
      await bench.stop();
    });

    it.each<string>(scenarios[group])(
      '%s',
      async (scenario) => {
        expect(await bench.replay(scenario)).toStrictEqual([]);
      },
      120_000,
    );
  });
}
