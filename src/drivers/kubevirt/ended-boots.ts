/**
 * Boots that we have ended a moment ago, which KubeVirt's objects do not show yet. virt-api can't be told which boot is
 * meant, so an order to end one whose answer was lost is not given again before it is known what became of it: the next
 * boot, which is seen late, would be ended by it (docs/adr/0033-orders-whose-answer-is-lost.md).
 */
import { formatKey } from '../../kube/resource.ts';
import type { CancelTimer, Clock } from '../../runtime/clock.ts';
import type { VmKey } from '../driver.ts';
import { LONGEST_REQUEST } from './run-orders.ts';

export interface EndedBootsParts {
  readonly clock: Clock;
  /** Asks the API server what runs, so that it is seen; whether anything does. @throws what it can't be asked for */
  readonly look: (key: VmKey) => Promise<boolean>;
  /** What is known of a VM has changed. */
  readonly onChange: (key: VmKey) => void;
}

export class EndedBoots {
  readonly #parts: EndedBootsParts;
  /** By VM: uid of the instance. */
  readonly #ended = new Map<string, string>();
  readonly #timers = new Set<CancelTimer>();
  #isClosed = false;

  constructor(parts: EndedBootsParts) {
    this.#parts = parts;
  }

  of(key: VmKey): string | undefined {
    return this.#ended.get(formatKey(key));
  }

  /** The end of this boot is asked for now. */
  note(key: VmKey, bootId: string): void {
    this.#ended.set(formatKey(key), bootId);
    this.#parts.onChange(key);
  }

  /** It was not, after all, or it is over. */
  forget(key: VmKey, bootId: string): void {
    if (this.of(key) !== bootId) return;
    this.#ended.delete(formatKey(key));
    this.#parts.onChange(key);
  }

  /** It may have been, or may be yet. */
  doubt(key: VmKey, bootId: string): void {
    if (this.#isClosed) return;
    const cancel = this.#parts.clock.setTimeout(() => {
      this.#timers.delete(cancel);
      void this.settle(key, bootId);
    }, LONGEST_REQUEST);
    this.#timers.add(cancel);
  }

  /** Looks whether it has been; where nobody answers, once more later. */
  async settle(key: VmKey, bootId: string): Promise<void> {
    if (this.of(key) !== bootId) return;
    try {
      // Of an instance that is gone, the watch tells in a moment.
      if (await this.#parts.look(key)) this.forget(key, bootId);
    } catch {
      this.doubt(key, bootId);
    }
  }

  /** Nothing is asked any more: no timer is to keep the process alive. */
  close(): void {
    this.#isClosed = true;
    for (const cancel of this.#timers) cancel();
  }
}
