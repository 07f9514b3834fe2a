/**
 * How long `kubectl medevac` takes to start: from the start of the process to its end, against a real API server, in
 * turn with a Node that does nothing, so that a machine that is busy shows. Fails where `list` takes longer than the limit.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { INSTANCES } from '../src/api/resources.ts';
import { ResourceClient } from '../src/kube/resource-client.ts';
import { anInstance } from '../test/builders/instance.ts';
import { startInstalledControlPlane } from '../test/support/installed-control-plane.ts';
import { Plugin } from '../test/support/plugin.ts';

const MAIN = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
const RUNS = 15;
const INSTANCE_COUNT = 20;
/** Of the median of `list`. Milliseconds. */
const LIMIT = 400;

interface Contender {
  readonly name: string;
  /** The first run fills the compile cache, and is not counted. */
  readonly run: () => Promise<unknown>;
}

async function main(): Promise<void> {
  const installed = await startInstalledControlPlane();
  const cache = await mkdtemp(join(tmpdir(), 'medevac-compile-cache-'));
  try {
    const { controlPlane } = installed;
    await populate(new ResourceClient(installed.transport(), INSTANCES));
    const plugin = await Plugin.install(controlPlane);
    const kubeconfig = await controlPlane.kubeconfig('admin');
    const node = (...args: readonly string[]) => execute(args, { NODE_COMPILE_CACHE: cache });
    const contenders: Contender[] = [
      { name: 'node -e 0', run: () => node('-e', '0') },
      { name: 'kubectl-medevac --help', run: () => node(MAIN, '--help') },
      {
        name: 'kubectl-medevac list -A',
        run: () => node(MAIN, 'list', '-A', '--kubeconfig', kubeconfig),
      },
      {
        name: 'kubectl version --client',
        run: () => plugin.kubectl(['version', '--client']),
      },
      { name: 'kubectl medevac list -A', run: () => plugin.run(['list', '-A']) },
    ];
    report(await measure(contenders));
  } finally {
    await rm(cache, { recursive: true });
    await installed.stop();
  }
}

async function populate(instances: ResourceClient<never>): Promise<void> {
  for (let index = 0; index < INSTANCE_COUNT; index += 1) {
    await instances.create(anInstance({ name: `vm-${index}`, namespace: 'default' }));
  }
}

async function execute(args: readonly string[], env: Readonly<Record<string, string>>): Promise<void> {
  const child = spawn(process.execPath, args, { stdio: 'ignore', env: { ...process.env, ...env } });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`node ${args.join(' ')} ended with ${code ?? 'a signal'}`);
}

/** In turn, so that what slows the machine down meets all of them. */
async function measure(contenders: readonly Contender[]): Promise<ReadonlyMap<string, readonly number[]>> {
  const times = new Map(contenders.map(({ name }): [string, number[]] => [name, []]));
  for (const { run } of contenders) await run();
  for (let count = 0; count < RUNS; count += 1) {
    for (const { name, run } of contenders) {
      const begun = performance.now();
      await run();
      times.get(name)?.push(performance.now() - begun);
    }
  }
  return times;
}

function report(times: ReadonlyMap<string, readonly number[]>): void {
  console.log(`milliseconds of wall time, ${RUNS} runs each: least, median, most`);
  for (const [name, all] of times) {
    const sorted = all.toSorted((a, b) => a - b);
    const cells = [sorted[0], median(sorted), sorted.at(-1)].map((ms = 0) => ms.toFixed(0).padStart(6));
    console.log(`${name.padEnd(26)}${cells.join('')}`);
  }
  const list = median((times.get('kubectl-medevac list -A') ?? []).toSorted((a, b) => a - b));
  if (list <= LIMIT) return;
  console.log(`list takes longer than ${LIMIT} ms.`);
  process.exitCode = 1;
}

function median(sorted: readonly number[]): number {
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

await main();
