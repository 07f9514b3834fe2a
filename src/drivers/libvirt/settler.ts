import type { Logger } from 'pino';
import type { VmKey } from '../driver.ts';
import { CarryOut, type ActingStep } from './carry-out.ts';
import type { Transfer } from './commands.ts';
import type { Fleet } from './fleet.ts';
import { pathOf } from './names.ts';
import { failureOf } from './outcome.ts';
import { nextStep, type Step, type VmMemory } from './settle.ts';
import { afterFailure, afterStart } from './start-pause.ts';
import { Turns } from './turns.ts';
import type { VmView } from './view.ts';
import type { VirshResult } from './virsh.ts';

/** After how long a step that failed is decided again. Milliseconds. */
const RETRY = 5_000;
/** How often all VMs are looked at without an event. Milliseconds. */
const ROUND = 10_000;
export interface SettlerParts {
  readonly fleet: Fleet;
  readonly logger: Logger;
  /** How long a guest that is asked to shut down may take. Milliseconds. */
  readonly shutdownLimit: number;
  /** How transfers are sent. */
  readonly encryption: Transfer['encryption'];
  /** Whether there is an Instance of that uid. */
  hasInstance(uid: string): boolean;
  /** Whether it is a VM of a namespace that this operator works in. */
  isLookedAfter(key: VmKey): boolean;
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
  readonly #carryOut: CarryOut;
  readonly #turns = new Turns();
  readonly #memories = new Map<string, VmMemory>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #queued = new Set<string>();
  #round: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(parts: SettlerParts) {
    this.#parts = parts;
    this.#carryOut = new CarryOut({ ...parts, memories: this });
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
    let { view, step } = this.#decide(key);
    if (isFinal(step)) {
      // What was read before it was paused may be long gone: what has no way back is decided on what both hosts say now.
      const since = Date.now();
      await this.#parts.fleet.refreshAll(key);
      ({ view, step } = this.#decide(key, since));
    }
    if (view === undefined || step.kind === 'None') return;
    if (step.kind === 'Wait') this.#lookAgain(key, step.ms);
    else await this.#step(key, view, step);
  }

  /** `since`: what hosts have said before, in milliseconds since the epoch, is not believed. */
  #decide(key: VmKey, since = 0): { view: VmView | undefined; step: Step } {
    const { fleet, shutdownLimit } = this.#parts;
    const view = fleet.view(key);
    if (view === undefined || this.#isStopped || !this.#parts.mayAct()) {
      return { view, step: { kind: 'None' } };
    }
    const step = nextStep(view, this.memory(key), {
      isLookedAfter: this.#parts.isLookedAfter(key),
      now: Date.now(),
      shutdownLimit,
      isHeardOf: (node) => fleet.isCertain(node, since),
      hasInstance: (uid) => this.#parts.hasInstance(uid),
    });
    return { view, step };
  }

  async #step(key: VmKey, view: VmView, step: ActingStep): Promise<void> {
    const result = await this.#carryOut.step(key, view, step);
    await this.#parts.fleet.refresh(key, step.node);
    // Not before it is seen to run: what is laid down for the case that it ends would be told of it.
    if (step.kind === 'Start' && result.kind === 'Done') {
      this.remember(key, afterStart(this.memory(key), Date.now()));
    }
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
    const words = result.kind === 'Failed' ? result.message : 'libvirt did not answer in time';
    if (step.kind === 'Start') {
      this.remember(key, afterFailure(this.memory(key), words, Date.now()));
    }
    const { transfer } = this.memory(key);
    if (step.kind === 'WriteEnd' && transfer !== undefined) {
      this.remember(key, { transfer: { ...transfer, notEnded: { node: step.node, words } } });
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
}

/** There is no way back from it. */
function isFinal(step: Step): boolean {
  return step.kind === 'WriteEnd' || (step.kind === 'Destroy' && step.because !== undefined);
}
