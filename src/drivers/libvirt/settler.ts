import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { VmKey } from '../driver.ts';
import { refreshPool, startDomain, writeMigration, writeVm } from './commands.ts';
import type { Fleet } from './fleet.ts';
import type { LibvirtHost } from './host.ts';
import type { MigrationEnd } from './metadata.ts';
import { domainName, pathOf } from './names.ts';
import { failureOf } from './outcome.ts';
import { nextStep, type Step, type VmMemory } from './settle.ts';
import { afterFailure, afterStart } from './start-pause.ts';
import { Turns } from './turns.ts';
import type { VmView } from './view.ts';
import type { VirshResult } from './virsh.ts';

/** How long an order may take that a guest has no part in, and one that starts or ends a guest. Milliseconds. */
export const ORDER_DEADLINE = 30_000;
export const GUEST_DEADLINE = 60_000;
/** After how long a step that failed is decided again. Milliseconds. */
const RETRY = 5_000;
/** How often all VMs are looked at without an event. Milliseconds. */
const ROUND = 10_000;
/** What a domain leaves with libvirt, all of which goes with it. */
export const UNDEFINE = [
  'undefine',
  '--managed-save',
  '--snapshots-metadata',
  '--checkpoints-metadata',
  '--nvram',
];

type ActingStep = Exclude<Step, { kind: 'None' | 'Wait' }>;

export interface SettlerParts {
  readonly fleet: Fleet;
  readonly logger: Logger;
  /** How long a guest that is asked to shut down may take. Milliseconds. */
  readonly shutdownLimit: number;
  /** Whether this process leads: what nobody has ordered, only a leader does. */
  mayAct(): boolean;
  /** What is observed of that VM is not as it was. */
  changed(key: VmKey): void;
}

/**
 * Brings each VM to what is stored of it, step by step, one VM independent of the others. It does what a backend that
 * looks after its VMs would do by itself: starts what should run, ends what should not, sees a migration to its end.
 */
export class Settler {
  readonly #parts: SettlerParts;
  readonly #turns = new Turns();
  readonly #memories = new Map<string, VmMemory>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #queued = new Set<string>();
  #round: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(parts: SettlerParts) {
    this.#parts = parts;
  }

  memory(key: VmKey): VmMemory {
    return this.#memories.get(pathOf(key)) ?? {};
  }

  remember(key: VmKey, fields: VmMemory): void {
    this.#memories.set(pathOf(key), { ...this.memory(key), ...fields });
    this.#parts.changed(key);
  }

  forget(key: VmKey): void {
    this.#memories.delete(pathOf(key));
  }

  /** Does something with a VM while nothing else is done with it; then brings it to what is stored. */
  async order<T>(key: VmKey, call: () => Promise<T>): Promise<T> {
    try {
      return await this.#turns.take(pathOf(key), call);
    } finally {
      this.settle(key);
    }
  }

  /** Brings a VM to what is stored of it; returns at once. */
  settle(key: VmKey): void {
    const path = pathOf(key);
    if (this.#isStopped || this.#queued.has(path) || !this.#parts.mayAct()) return;
    this.#queued.add(path);
    void this.#turns.take(path, async () => {
      this.#queued.delete(path);
      await this.#settle(key);
    });
  }

  /** Looks at all VMs from time to time: who begins to lead finds what nobody has done before. */
  start(): void {
    this.#round = setInterval(() => {
      for (const key of this.#parts.fleet.keys()) this.settle(key);
    }, ROUND);
  }

  /** Nothing is done any more but what is under way. */
  stop(): void {
    this.#isStopped = true;
    clearInterval(this.#round);
    for (const timer of this.#timers.values()) clearTimeout(timer);
  }

  async #settle(key: VmKey): Promise<void> {
    const view = this.#parts.fleet.view(key);
    if (view === undefined || this.#isStopped || !this.#parts.mayAct()) return;
    const step = nextStep(view, this.memory(key), {
      now: Date.now(),
      shutdownLimit: this.#parts.shutdownLimit,
      isHeardOf: (node) => this.#parts.fleet.host(node)?.isConnected === true,
    });
    if (step.kind === 'None') return;
    if (step.kind === 'Wait') this.#lookAgain(key, step.ms);
    else await this.#step(key, view, step);
  }

  async #step(key: VmKey, view: VmView, step: ActingStep): Promise<void> {
    const result = await this.#carryOut(key, view, step);
    await this.#parts.fleet.refresh(key, step.node);
    this.#parts.logger.debug(
      { vm: pathOf(key), step: step.kind, node: step.node, result: result.kind },
      'libvirt step',
    );
    if (result.kind === 'Done') this.settle(key);
    else this.#failed(key, step, result);
  }

  #failed(key: VmKey, step: ActingStep, result: Exclude<VirshResult, { kind: 'Done' }>): void {
    const { message } = failureOf(result, step.kind);
    this.#parts.logger.warn(
      { vm: pathOf(key), step: step.kind, node: step.node, error: message },
      'libvirt step failed',
    );
    if (step.kind === 'Start') {
      const words = result.kind === 'Failed' ? result.message : 'libvirt did not answer in time';
      this.remember(key, afterFailure(this.memory(key), words, Date.now()));
    }
    this.#lookAgain(key, RETRY);
  }

  #lookAgain(key: VmKey, ms: number): void {
    const path = pathOf(key);
    clearTimeout(this.#timers.get(path));
    const timer = setTimeout(() => {
      this.#timers.delete(path);
      const { migration } = this.#parts.fleet.view(key) ?? {};
      const nodes = migration === undefined ? [] : [migration.source, migration.destination];
      void this.#parts.fleet.refresh(key, ...nodes).then(() => this.settle(key));
    }, ms);
    this.#timers.set(path, timer);
  }

  #carryOut(key: VmKey, view: VmView, step: ActingStep): Promise<VirshResult> {
    const host = this.#parts.fleet.host(step.node);
    if (host === undefined)
      return Promise.resolve({ kind: 'Failed', message: `${step.node} is no libvirt host` });
    const name = domainName(key);
    switch (step.kind) {
      case 'Start':
        return this.#start(key, view, host);
      case 'ShutDown':
        this.remember(key, { askedToShutDown: Date.now() });
        return ignoreFailure(host.run(['shutdown', name], { deadline: ORDER_DEADLINE }));
      case 'Destroy':
        return host.run(['destroy', name], { deadline: GUEST_DEADLINE });
      case 'Undefine':
        return host.run([...UNDEFINE, name], { deadline: ORDER_DEADLINE });
      case 'Abort':
        return this.#abort(key, host);
      case 'WriteEnd':
        return this.#writeEnd(key, view, { host, end: step.end });
    }
  }

  /** Each start is a boot of its own, and says so to whoever looks at what runs. */
  async #start(key: VmKey, { home, record }: VmView, host: LibvirtHost): Promise<VirshResult> {
    const name = domainName(key);
    if (home === undefined || record === undefined)
      return { kind: 'Failed', message: 'it is not stored anywhere' };
    const named = await host.run(writeVm(name, { ...record, bootId: randomUUID() }), {
      deadline: ORDER_DEADLINE,
    });
    if (named.kind !== 'Done') return named;
    await refreshPools(
      host,
      home.stored.volumes.map(({ pool }) => pool),
    );
    const started = await host.run(startDomain(home.stored), { deadline: GUEST_DEADLINE });
    if (started.kind === 'Done') this.remember(key, afterStart(this.memory(key), Date.now()));
    return started;
  }

  async #abort(key: VmKey, host: LibvirtHost): Promise<VirshResult> {
    const { transfer } = this.memory(key);
    if (transfer !== undefined) this.remember(key, { transfer: { ...transfer, abortedAt: Date.now() } });
    return host.run(['domjobabort', domainName(key)], { deadline: ORDER_DEADLINE });
  }

  async #writeEnd(
    key: VmKey,
    { migration, running, home }: VmView,
    { host, end }: { host: LibvirtHost; end: MigrationEnd },
  ): Promise<VirshResult> {
    if (migration === undefined) return { kind: 'Failed', message: 'there is no migration' };
    const where = [
      ...(running?.node === host.node ? (['--live'] as const) : []),
      ...(home?.node === host.node ? (['--config'] as const) : []),
    ];
    const args = writeMigration(domainName(key), { ...migration, end }, ...where);
    return host.run(args, { deadline: ORDER_DEADLINE });
  }
}

/** A guest that does not listen is ended when its time is over. */
async function ignoreFailure(result: Promise<VirshResult>): Promise<VirshResult> {
  await result;
  return { kind: 'Done', stdout: '' };
}

/** Volumes that others have made since the pool was last looked at are not known to libvirt. What fails, the start says. */
export async function refreshPools(host: LibvirtHost, pools: readonly string[]): Promise<void> {
  await Promise.all(
    [...new Set(pools)].map((pool) => host.run(refreshPool(pool), { deadline: ORDER_DEADLINE })),
  );
}
