import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { isNotFound } from '../../src/kube/api-errors.ts';
import { ResourceClient } from '../../src/kube/resource-client.ts';
import type { Transport } from '../../src/kube/transport.ts';
import { PODS, portOf, type Container, type Pod } from './kinds.ts';

/** A container that is to be started. */
interface ContainerStart {
  readonly pod: Pod;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Address of the Pod, one of loopback. */
  readonly ip: string;
  /** Of its ServiceAccount, bound to the Pod. */
  readonly token: string;
}

/** A container that was started. */
export interface Running {
  /** Resolves when nothing of it runs any more. */
  readonly ended: Promise<unknown>;
  /** May be called when it has ended, too. */
  kill(signal: NodeJS.Signals): void;
}

/** Starts a container; what it prints goes to `log`. */
export type Image = (start: ContainerStart, log: Writable) => Promise<Running>;

/** Starts a process of this machine in place of a container. */
export function startProcess(
  { command, args, env }: { command: string; args: readonly string[]; env: NodeJS.ProcessEnv },
  log: Writable,
): Running {
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  // It must not outlive whoever started it, however that ends.
  const end = () => child.kill('SIGKILL');
  process.once('exit', end);
  child.once('exit', () => process.removeListener('exit', end));
  return { ended: once(child, 'exit').catch(() => undefined), kill: (signal) => child.kill(signal) };
}

export interface PodSettings {
  readonly admin: Transport;
  readonly ip: string;
  /** Of the Pod's image; undefined: it can't be pulled. */
  readonly image: Image | undefined;
  readonly logFolder: string;
}

const PROBE_EVERY = 250;
const RESTART_AFTER = 1_000;

/** A Pod that runs as a process of this machine: started, probed, told of, ended as a kubelet does. */
export class ProcessPod {
  readonly #settings: PodSettings;
  readonly #pod: Pod;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #container: Running | undefined;
  #restarts = 0;

  constructor(pod: Pod, settings: PodSettings) {
    this.#pod = pod;
    this.#settings = settings;
    // A Pod that goes before it has its token is started by nobody.
    this.#running = this.#run().catch(unlessGone);
    // Whoever ends it is told of what else went wrong; nobody waits for it until then.
    this.#running.catch(() => undefined);
  }

  /** Ends it within the grace that its deletion gives, and removes the object. */
  async terminate({ metadata, spec }: Pod): Promise<void> {
    const grace = metadata.deletionGracePeriodSeconds ?? 30;
    const sleep = spec.containers[0].lifecycle?.preStop.sleep.seconds ?? 0;
    if (this.#container !== undefined) await delay(Math.min(sleep, grace) * 1_000);
    await this.kill('SIGTERM', Math.max(grace - sleep, 1) * 1_000);
    const { name, namespace, uid } = metadata;
    await this.#client().delete({ namespace, name }, { uid, gracePeriodSeconds: 0 }).catch(unlessGone);
  }

  /** Resolves when nothing of it runs any more. */
  async kill(signal: NodeJS.Signals = 'SIGKILL', graceMs = 0): Promise<void> {
    this.#stop.abort();
    const container = this.#container;
    if (container !== undefined) {
      container.kill(signal);
      const killer = setTimeout(() => container.kill('SIGKILL'), graceMs);
      await container.ended;
      clearTimeout(killer);
    }
    await this.#running;
  }

  async #run(): Promise<void> {
    const { image } = this.#settings;
    if (image === undefined) {
      const waiting = { reason: 'ErrImagePull', message: 'there is no such image' };
      await this.#report({ phase: 'Pending', ready: false, state: { waiting } });
      return;
    }
    while (!this.#stop.signal.aborted) {
      const container = await this.#start(image);
      await this.#probe(container);
      await container.ended;
      this.#container = undefined;
      this.#restarts += 1;
      await delay(RESTART_AFTER, undefined, { signal: this.#stop.signal }).catch(() => undefined);
    }
  }

  async #start(image: Image): Promise<Running> {
    const { ip, logFolder } = this.#settings;
    const [container] = this.#pod.spec.containers;
    const token = await this.#token();
    const start = { pod: this.#pod, args: container.args, env: this.#environment(container), ip, token };
    const log = createWriteStream(join(logFolder, `${this.#pod.metadata.name}.log`), { flags: 'a' });
    const running = await image(start, log);
    this.#container = running;
    // It was told to end before there was anything to end.
    if (this.#stop.signal.aborted) running.kill('SIGKILL');
    const startedAt = new Date().toISOString();
    await this.#report({ phase: 'Running', ready: false, state: { running: { startedAt } } });
    return running;
  }

  /** Tells of each change of readiness, until the container ends. */
  async #probe({ ended }: Running): Promise<void> {
    const startedAt = new Date().toISOString();
    const over = AbortSignal.any([this.#stop.signal, aborted(ended)]);
    const threshold = this.#pod.spec.containers[0].readinessProbe?.failureThreshold ?? 1;
    let told = false;
    let failures = 0;
    while (!over.aborted) {
      failures = (await this.#isReady()) ? 0 : failures + 1;
      const ready: boolean = told ? failures < threshold : failures === 0;
      if (ready !== told) await this.#report({ phase: 'Running', ready, state: { running: { startedAt } } });
      told = ready;
      await delay(PROBE_EVERY, undefined, { signal: over }).catch(() => undefined);
    }
  }

  async #isReady(): Promise<boolean> {
    const [container] = this.#pod.spec.containers;
    if (container.readinessProbe === undefined) return true;
    const { path, port } = container.readinessProbe.httpGet;
    const url = `http://${this.#settings.ip}:${portOf(container, port)}${path}`;
    return fetch(url, { signal: AbortSignal.timeout(1_000) }).then(
      ({ ok }) => ok,
      () => false,
    );
  }

  #environment({ env }: Container): Record<string, string> {
    const { name, namespace } = this.#pod.metadata;
    const fields: Record<string, string> = { 'metadata.name': name, 'metadata.namespace': namespace };
    return Object.fromEntries(
      env.map((entry) => [entry.name, fields[entry.valueFrom?.fieldRef.fieldPath ?? ''] ?? entry.value]),
    );
  }

  async #token(): Promise<string> {
    const { metadata, spec } = this.#pod;
    const bound = { kind: 'Pod', apiVersion: 'v1', name: metadata.name, uid: metadata.uid };
    const { status } = await this.#settings.admin.request<{ status: { token: string } }>({
      method: 'POST',
      path: `/api/v1/namespaces/${metadata.namespace}/serviceaccounts/${spec.serviceAccountName}/token`,
      body: { spec: { expirationSeconds: 3_600, boundObjectRef: bound } },
    });
    return status.token;
  }

  async #report(seen: { phase: string; ready: boolean; state: object }): Promise<void> {
    const { metadata, spec } = this.#pod;
    const [{ name, image }] = spec.containers;
    const { phase, ready, state } = seen;
    const status = ready ? 'True' : 'False';
    const condition = (type: string, is: string) => ({
      type,
      status: is,
      lastTransitionTime: new Date().toISOString(),
    });
    const containerStatuses = [
      {
        name,
        image,
        imageID: image,
        ready,
        restartCount: this.#restarts,
        state,
        started: phase === 'Running',
      },
    ];
    const conditions = [
      condition('Initialized', 'True'),
      condition('ContainersReady', status),
      condition('Ready', status),
    ];
    const { ip } = this.#settings;
    const patch = { status: { phase, podIP: ip, podIPs: [{ ip }], conditions, containerStatuses } };
    await this.#client()
      .mergePatch({ namespace: metadata.namespace, name: metadata.name }, patch, { subresource: 'status' })
      .catch(unlessGone);
  }

  #client(): ResourceClient<Pod> {
    return new ResourceClient<Pod>(this.#settings.admin, PODS);
  }
}

/** A signal that is aborted when that is over. */
function aborted(over: Promise<unknown>): AbortSignal {
  const controller = new AbortController();
  void over.finally(() => controller.abort());
  return controller.signal;
}

/** Somebody else may have removed the Pod. */
function unlessGone(error: unknown): void {
  if (!isNotFound(error)) throw error;
}
