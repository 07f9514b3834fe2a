/**
 * Orders to run a VM of which it is not known yet what became: between the order and KubeVirt's first word of it a guest
 * may be there that no watch shows. Only in memory: who begins anew has listed everything first
 * (docs/adr/0033-orders-whose-answer-is-lost.md).
 */
import type { Outcome } from '../../domain/outcome.ts';
import { formatKey } from '../../kube/resource.ts';
import type { CancelTimer, Clock } from '../../runtime/clock.ts';
import type { VmKey } from '../driver.ts';
import { isStoredOff } from './observe.ts';
import type { VirtualMachine } from './resources.ts';

/** The API server gives up a request after that long, so nothing of it comes later. Milliseconds. */
export const LONGEST_REQUEST = 60_000;

export interface RunOrdersParts {
  readonly clock: Clock;
  /** The VM as it is seen. */
  readonly seen: (key: VmKey) => VirtualMachine | undefined;
  /** Asks the API server what is stored, so that it is seen. @throws what it can't be asked for */
  readonly look: (key: VmKey) => Promise<void>;
  /** What is known of a VM has changed. */
  readonly onChange: (key: VmKey) => void;
}

interface RunOrder {
  /** The VM as it was to be stored. */
  readonly vm: VirtualMachine;
  /** Whether it was to be made: then it can't be any more once it is there. */
  readonly makes: boolean;
  /** Whether it may still be carried out, for all that was heard. */
  readonly pending: boolean;
  readonly cancel: CancelTimer;
}

export class RunOrders {
  readonly #parts: RunOrdersParts;
  readonly #orders = new Map<string, RunOrder>();
  #isClosed = false;

  constructor(parts: RunOrdersParts) {
    this.#parts = parts;
  }

  /** The VM that may be there, or may run, for all that is known. */
  of(key: VmKey): VirtualMachine | undefined {
    return this.#orders.get(formatKey(key))?.vm;
  }

  /** An order to run a VM that is off, or that is not there, is given by `send`. */
  async give(key: VmKey, vm: VirtualMachine, send: () => Promise<Outcome>): Promise<Outcome> {
    const makes = this.#parts.seen(key) === undefined;
    const before = this.#orders.get(formatKey(key));
    this.#put(key, { vm, makes, pending: true });
    const outcome = await send();
    if (outcome.kind === 'Unavailable') return outcome;
    const isMade = makes && outcome.kind === 'Accepted';
    const pending = before?.pending === true && !isMade;
    if (before === undefined && outcome.kind !== 'Accepted') this.#forget(key);
    else if (this.of(key) !== undefined) this.#put(key, { vm, makes, pending });
    return outcome;
  }

  /** The VM is stored off now: what of the order is not seen by and by was never carried out. */
  stopped(key: VmKey): void {
    const order = this.#orders.get(formatKey(key));
    if (order !== undefined) this.#put(key, order);
  }

  /** The VM is seen as it is now; `undefined`: it is gone. */
  see(key: VmKey, vm: VirtualMachine | undefined): void {
    const order = this.#orders.get(formatKey(key));
    if (order === undefined || (order.pending && !(order.makes && vm !== undefined))) return;
    if (vm === undefined || isTakenUp(vm)) this.#forget(key);
    else if (order.pending) this.#put(key, { ...order, pending: false });
  }

  /** Nothing is asked any more: no timer is to keep the process alive. */
  close(): void {
    this.#isClosed = true;
    for (const { cancel } of this.#orders.values()) cancel();
  }

  #put(key: VmKey, order: Omit<RunOrder, 'cancel'>): void {
    this.#cancel(key);
    const cancel = this.#isClosed
      ? () => undefined
      : this.#parts.clock.setTimeout(() => void this.#expire(key), LONGEST_REQUEST);
    this.#orders.set(formatKey(key), { ...order, cancel });
    this.#parts.onChange(key);
  }

  #forget(key: VmKey): void {
    this.#cancel(key);
    this.#orders.delete(formatKey(key));
    this.#parts.onChange(key);
  }

  #cancel(key: VmKey): void {
    this.#orders.get(formatKey(key))?.cancel();
  }

  /** Nothing of it is on its way any more: what is stored now is the answer. */
  async #expire(key: VmKey): Promise<void> {
    const order = this.#orders.get(formatKey(key));
    if (order === undefined) return;
    try {
      if (order.pending) await this.#parts.look(key);
    } catch {
      if (this.#orders.get(formatKey(key)) === order) this.#put(key, order);
      return;
    }
    if (this.#orders.get(formatKey(key)) !== order) return;
    const vm = this.#parts.seen(key);
    // What is stored to run holds what it holds; KubeVirt may only be slow to take it up.
    if (vm === undefined || isStoredOff(vm)) this.#forget(key);
    else this.#orders.set(formatKey(key), { ...order, pending: false });
  }
}

/** Whether KubeVirt has seen that it is to run. */
function isTakenUp({ status }: VirtualMachine): boolean {
  return status?.created === true || status?.runStrategy === 'Always';
}
