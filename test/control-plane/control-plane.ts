import { randomUUID } from 'node:crypto';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Connection } from '../../src/kube/connection.ts';
import { readAuditLog, type AuditEvent } from './audit-log.ts';
import { FILES, writeFiles } from './files.ts';
import { GARBAGE_COLLECTOR, WORKLOADS, type Layout } from './flags.ts';
import { GuardedPrograms, type Command } from './guarded-programs.ts';
import { findFreePort } from './ports.ts';
import { requirePrograms } from './provision.mjs';
import { Servers } from './servers.ts';
import { Users } from './users.ts';

const START_ATTEMPTS = 3;
const CONTROLLER_MANAGER = 'system:kube-controller-manager';
const ADMIN_GROUPS = ['system:masters'];

export interface ControlPlaneOptions {
  /** Extra bearer-token users: name → groups. `admin` (system:masters) is always there. */
  readonly users?: Readonly<Record<string, readonly string[]>>;
  /** Calls `startGarbageCollector` at once. Default false. */
  readonly garbageCollector?: boolean;
  /** Starts the controllers of Deployments, with the garbage collector. Default false. */
  readonly workloads?: boolean;
  /** Starts kube-scheduler. Default false. */
  readonly scheduler?: boolean;
  /** Addresses of Services. Default `10.0.0.0/24`, where nobody is reached. */
  readonly serviceRange?: string;
  /** Has what is written of Instances' statuses in the audit log, which costs the API server more. Default false. */
  readonly auditsStatuses?: boolean;
}

/** A real etcd and kube-apiserver on loopback. */
export interface ControlPlane {
  /** `https://127.0.0.1:PORT`. */
  readonly url: string;
  /** PEM of the authority that signed the serving certificate. */
  readonly ca: string;
  /** Own temp folder with data, certificates and logs; gone after `stop`. */
  readonly folder: string;
  /** Path of the kubectl to use. */
  readonly kubectl: string;
  token(user: string): string;
  /** For the transport; default `admin`. */
  connection(user?: string): Connection;
  /** Path of a kubeconfig, written into the folder; default `admin`. */
  kubeconfig(user?: string): Promise<string>;
  /**
   * One event for each request that was answered, except discovery, probes and the API server's own; watches when they
   * end. A request is in it once its response has arrived.
   */
  auditLog(): Promise<AuditEvent[]>;
  /** Ends the API server and starts it on the same port and data; resolves when it is ready. Default SIGTERM. */
  restartApiServer(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /**
   * Compacts etcd at its current revision. The API server goes on answering older revisions from its watch cache: what
   * must see 410 also restarts it.
   */
  compact(): Promise<void>;
  /**
   * Starts the garbage collector and the namespace controller, again if they run. They learn of new kinds every 30 s
   * only: call it after the CRDs are there.
   */
  startGarbageCollector(): Promise<void>;
  /** Starts a program that ends with the control plane, also again; its output is in `folder`, under its name. */
  startProgram(name: string, command: Command): Promise<void>;
  /** Ends it as a kubelet does. */
  stopProgram(name: string): Promise<void>;
  /** Process ids by program name, for measuring. */
  pids(): Record<string, number>;
  /** Ends everything at once and removes the folder. */
  stop(): Promise<void>;
}

function assemble(parts: {
  programs: GuardedPrograms;
  servers: Servers;
  users: Users;
  ca: string;
  controllers: readonly string[];
}): ControlPlane {
  const { programs, servers, users, ca, controllers } = parts;
  const { url } = servers;
  async function kubeconfig(user = 'admin'): Promise<string> {
    const path = join(programs.folder, `${encodeURIComponent(user)}.kubeconfig`);
    // Whole or not at all: another kubectl may be reading it.
    const draft = `${path}.${randomUUID()}`;
    await writeFile(draft, users.kubeconfig(user, { url, ca }), { mode: 0o600 });
    await rename(draft, path);
    return path;
  }
  return {
    url,
    ca,
    folder: programs.folder,
    kubectl: requirePrograms(['kubectl']).kubectl,
    token: (user) => users.token(user),
    connection(user = 'admin') {
      const authorization = `Bearer ${users.token(user)}`;
      return { server: url, ca, authorization: () => Promise.resolve(authorization) };
    },
    kubeconfig,
    auditLog: () => readAuditLog(join(programs.folder, FILES.auditLog)),
    restartApiServer: (signal = 'SIGTERM') => servers.restartApiServer(signal),
    compact: () => servers.compact(),
    startGarbageCollector: async () =>
      servers.startControllers(await kubeconfig(CONTROLLER_MANAGER), controllers),
    startProgram: (name, command) => programs.start(name, command),
    stopProgram: (name) => programs.stop(name, 'SIGTERM'),
    pids: () => programs.pids(),
    stop: () => programs.close(),
  };
}

async function startIn(programs: GuardedPrograms, options: ControlPlaneOptions): Promise<ControlPlane> {
  const users = new Users({
    ...options.users,
    admin: ADMIN_GROUPS,
    [CONTROLLER_MANAGER]: ADMIN_GROUPS,
    'system:kube-scheduler': ADMIN_GROUPS,
  });
  const { folder } = programs;
  const {
    workloads = false,
    garbageCollector = workloads,
    serviceRange = '10.0.0.0/24',
    auditsStatuses = false,
  } = options;
  const ports = { etcdPort: await findFreePort(), apiServerPort: await findFreePort() };
  const layout: Layout = { folder, ...ports, serviceRange };
  const ca = await writeFiles(folder, { tokens: users.tokenFile(), auditsStatuses });
  const servers = new Servers(programs, layout, { ca, token: users.token('admin') });
  await servers.startEtcd();
  await servers.startApiServer();
  const controllers = [...GARBAGE_COLLECTOR, ...(workloads ? WORKLOADS : [])];
  const controlPlane = assemble({ programs, servers, users, ca, controllers });
  if (garbageCollector) await controlPlane.startGarbageCollector();
  if (options.scheduler === true) {
    await servers.startScheduler(await controlPlane.kubeconfig('system:kube-scheduler'));
  }
  return controlPlane;
}

/**
 * Starts etcd and kube-apiserver in a folder of their own; several may run side by side. Resolves when the API server is
 * ready. They end with `stop`, and also when this process ends in whatever way. Throws with the last lines of the log of
 * the program that did not start, or with what to install when there is none.
 */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  requirePrograms(['etcd', 'kube-apiserver', 'kubectl']);
  for (let attempt = 1; ; attempt += 1) {
    const programs = await GuardedPrograms.open();
    try {
      return await startIn(programs, options);
    } catch (error) {
      await programs.close();
      // Another process may have taken a port between the finding and the use of it.
      const portTaken = String(error).includes('address already in use');
      if (!portTaken || attempt === START_ATTEMPTS) throw error;
    }
  }
}
