import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { waitFor } from '../support/wait.ts';
import {
  apiServerFlags,
  clientProgramFlags,
  controllerFlags,
  etcdFlags,
  etcdUrl,
  type Layout,
} from './flags.ts';
import type { GuardedPrograms } from './guarded-programs.ts';
import { probe } from './probe.ts';
import { requirePrograms } from './provision.mjs';

const START_TIMEOUT_MS = 90_000;

/** Who asks whether the API server is ready. */
interface Prober {
  readonly ca: string;
  readonly token: string;
}

/** Starts the programs of one control plane and knows when each is ready. */
export class Servers {
  readonly url: string;
  readonly #programs: GuardedPrograms;
  readonly #layout: Layout;
  readonly #prober: Prober;

  constructor(programs: GuardedPrograms, layout: Layout, prober: Prober) {
    this.#programs = programs;
    this.#layout = layout;
    this.#prober = prober;
    this.url = `https://127.0.0.1:${layout.apiServerPort}`;
  }

  async startEtcd(): Promise<void> {
    await mkdir(join(this.#layout.folder, 'etcd'), { mode: 0o700 });
    await this.#programs.start('etcd', {
      program: requirePrograms(['etcd']).etcd,
      args: etcdFlags(this.#layout),
    });
    await this.#ready(
      'etcd',
      async () => (await probe({ url: `${etcdUrl(this.#layout)}/readyz` })).code === 200,
    );
  }

  async startApiServer(): Promise<void> {
    const program = requirePrograms(['kube-apiserver'])['kube-apiserver'];
    await this.#programs.start('kube-apiserver', { program, args: apiServerFlags(this.#layout) });
    // Ready comes before the namespace that most requests go to.
    for (const path of ['/readyz', '/api/v1/namespaces/default']) {
      await this.#ready('kube-apiserver', async () => {
        return (await probe({ url: `${this.url}${path}`, ...this.#prober })).code === 200;
      });
    }
  }

  async restartApiServer(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    await this.#programs.stop('kube-apiserver', signal);
    await this.startApiServer();
  }

  startControllers(kubeconfig: string, controllers: readonly string[]): Promise<void> {
    return this.#startClient('kube-controller-manager', [
      ...clientProgramFlags(kubeconfig),
      ...controllerFlags(controllers),
    ]);
  }

  startScheduler(kubeconfig: string): Promise<void> {
    return this.#startClient('kube-scheduler', clientProgramFlags(kubeconfig));
  }

  async compact(): Promise<void> {
    const current = await this.#etcd<{ header: { revision: string } }>('range', { key: 'AA==' });
    await this.#etcd('compaction', { revision: current.header.revision, physical: true });
  }

  async #startClient(
    name: 'kube-controller-manager' | 'kube-scheduler',
    flags: readonly string[],
  ): Promise<void> {
    const program = requirePrograms([name])[name];
    await this.#programs.stop(name, 'SIGKILL');
    await this.#programs.start(name, { program, args: flags });
  }

  async #ready(name: string, isReady: () => Promise<boolean>): Promise<void> {
    const probeOnce = async () => {
      if (this.#programs.exitOf(name) !== undefined) return 'ended';
      return (await isReady()) && 'ready';
    };
    const waiting = waitFor(`${name} is ready`, probeOnce, { timeoutMs: START_TIMEOUT_MS });
    const outcome = await waiting.catch(() => 'late');
    if (outcome !== 'ready') throw await this.#programs.failure(name);
  }

  async #etcd<T>(call: string, body: unknown): Promise<T> {
    const { code, text } = await probe({
      url: `${etcdUrl(this.#layout)}/v3/kv/${call}`,
      method: 'POST',
      body,
    });
    if (code !== 200) throw new Error(`etcd answered ${call} with ${code}: ${text}`);
    return JSON.parse(text) as T;
  }
}
