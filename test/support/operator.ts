import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mutatingWebhookConfiguration, webhookConfiguration } from '../../scripts/generate/webhooks.ts';
import type { Transport } from '../../src/kube/transport.ts';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import { findFreePort } from '../control-plane/ports.ts';
import { install } from './install.ts';
import { OPERATOR_NAMESPACE, OPERATOR_USER } from './installed-control-plane.ts';
import { spawnOwned } from './owned-process.ts';
import type { StageDriver } from './stage.ts';
import { waitFor } from './wait.ts';

const SOURCES = [fileURLToPath(new URL('../../src/main.ts', import.meta.url))];

export interface OperatorOptions {
  readonly controlPlane: ControlPlane;
  /** Of an admin, who installs the webhook configuration. */
  readonly admin: Transport;
  readonly driver: StageDriver;
  readonly settings?: OperatorSettings | undefined;
  /** Name of this replica; the webhooks of the one that was started last are asked. Default `operator`. */
  readonly identity?: string;
  /** When the API server is told to ask this replica. Default: at once. `Later`: when `takeReviews` is called. */
  readonly reviews?: 'AtOnce' | 'Later';
  /** What Node runs, with flags of its own in front. Default: the sources as they are. */
  readonly program?: readonly string[];
}

/** Settings by their flags, without the dashes in front. */
export type OperatorSettings = Readonly<Record<string, string>>;

/** The operator as a process of its own, with the rights of its shipped ServiceAccount. */
export interface RunningOperator {
  readonly pid: number;
  /** File with its log, one JSON object a line. */
  readonly logFile: string;
  /** From now on the API server asks this one. */
  takeReviews(): Promise<void>;
  /** Ends it as a kubelet does and resolves with its exit code. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<number | null>;
  /** Resolves when the controllers of this process lead, and have looked at all that was there when they began to. */
  caughtUp(): Promise<void>;
  /** `host:port` that /healthz, /readyz and /metrics are answered at. */
  readonly health: string;
  /** What it tells Prometheus. */
  metrics(): Promise<string>;
  /** Starts it again with the same settings; resolves when it is ready. */
  restart(): Promise<void>;
}

export async function startOperator(options: OperatorOptions): Promise<RunningOperator> {
  const { controlPlane, admin, driver, identity = 'operator', program = SOURCES } = options;
  const [webhookPort, healthPort] = [await findFreePort(), await findFreePort()];
  const namespaces = options.settings?.['namespaces']?.split(',');
  const takeReviews = () => register(admin, { url: `https://127.0.0.1:${webhookPort}`, namespaces });
  if (options.reviews !== 'Later') await takeReviews();
  const logFile = join(controlPlane.folder, `${identity}.log`);
  const settings = {
    kubeconfig: await controlPlane.kubeconfig(OPERATOR_USER),
    driver,
    namespace: OPERATOR_NAMESPACE,
    identity,
    'bind-address': '127.0.0.1',
    'webhook-port': webhookPort,
    'webhook-hosts': '127.0.0.1',
    'health-port': healthPort,
    ...options.settings,
  };
  const flags = Object.entries(settings).flatMap(([flag, value]) => [`--${flag}`, String(value)]);
  const args = [...program, ...flags];
  let logStart = await sizeOf(logFile);
  let child = await startAndWait(args, logFile, healthPort);
  const stop = (signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM') => stopProcess(child, signal);
  return {
    get pid() {
      return child.pid ?? 0;
    },
    logFile,
    takeReviews,
    stop,
    caughtUp: () => caughtUp(logFile, () => logStart),
    health: `127.0.0.1:${healthPort}`,
    metrics: async () => (await fetch(`http://127.0.0.1:${healthPort}/metrics`)).text(),
    restart: async () => {
      await stop();
      logStart = await sizeOf(logFile);
      child = await startAndWait(args, logFile, healthPort);
    },
  };
}

async function register(
  admin: Transport,
  { url, namespaces }: { url: string; namespaces: readonly string[] | undefined },
): Promise<void> {
  await install(admin, [
    webhookConfiguration({ url }, namespaces),
    mutatingWebhookConfiguration({ url }, OPERATOR_NAMESPACE, namespaces),
  ]);
}

async function sizeOf(file: string): Promise<number> {
  return (await stat(file).catch(() => undefined))?.size ?? 0;
}

const CONTROLLERS = ['instance', 'live-migration', 'node', 'evacuation'];

/** Reads the log from where the present process has begun to write. */
async function caughtUp(logFile: string, start: () => number): Promise<void> {
  const said = (log: string, name: string) =>
    log
      .split('\n')
      .some((line) => line.includes('"msg":"caught up"') && line.includes(`"controller":"${name}"`));
  const probe = async () => {
    const log = (await readFile(logFile)).subarray(start()).toString();
    return CONTROLLERS.every((name) => said(log, name));
  };
  await waitFor(`all controllers have caught up; the log is ${logFile}`, probe, { timeoutMs: 25_000 });
}

/** Ends a process that may have ended already; resolves with its exit code. */
async function stopProcess(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill(signal);
    await once(child, 'exit');
  }
  return child.exitCode;
}

/** How long the operator may take until it is ready. Milliseconds. */
const READY_WITHIN = 60_000;
/** Whoever listens there may be somebody who never answers. Milliseconds. */
const ANSWERS_WITHIN = 2_000;

/** Starts the operator, as Node is to be told. One that isn't ready in time is ended before this fails. */
export async function startAndWait(
  args: readonly string[],
  logFile: string,
  healthPort: number,
  timeoutMs = READY_WITHIN,
): Promise<ChildProcess> {
  const child = spawnOwned(args);
  const log = createWriteStream(logFile, { flags: 'a' });
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  try {
    await waitFor(
      `the operator, process ${child.pid}, is ready; its log is ${logFile}`,
      async () => {
        if (child.exitCode !== null) {
          const said = (await readFile(logFile, 'utf8')).trimEnd().split('\n').at(-1);
          throw new Error(`the operator ended with ${child.exitCode}: ${said}`);
        }
        const signal = AbortSignal.timeout(ANSWERS_WITHIN);
        return (await fetch(`http://127.0.0.1:${healthPort}/readyz`, { signal })).ok;
      },
      { timeoutMs },
    );
  } catch (error) {
    await stopProcess(child, 'SIGKILL');
    throw error;
  }
  return child;
}
