import { bytesOf } from '../../api/bytes.ts';
import type { ObservedMigration, Trouble } from '../../domain/observed.ts';
import type { MigrationOrder } from '../driver.ts';
import type { Machine } from './machine.ts';
import type { CancelTimer } from './settings.ts';
import type { Surroundings } from './surroundings.ts';

/** In how many steps the progress of a transfer is told. */
const STEPS = 10;
/** What is transferred of a VM whose size is in a template that this driver can't read. */
const UNKNOWN_MEMORY = '1Gi';

const NO_DESTINATION: Trouble = {
  reason: 'Unschedulable',
  message: 'No other node is Ready and has the labels that are asked for.',
};

const NOT_RUNNING: Trouble = { reason: 'NotRunning', message: 'The guest does not run yet.' };

/** One live migration of a machine, from the order to its end. */
export class Transfer {
  readonly #order: MigrationOrder;
  readonly #machine: Machine;
  readonly #surroundings: Surroundings;
  readonly #orderedAt: number;
  readonly #memoryBytes: number;
  #phase: ObservedMigration['phase'] = 'Queued';
  #aborting = false;
  #source: string | undefined;
  #destination: string | undefined;
  #startedAt: number | undefined;
  #endedAt: number | undefined;
  #steps = 0;
  #trouble: Trouble | undefined;
  #cancelStep: CancelTimer | undefined;

  constructor(order: MigrationOrder, machine: Machine, surroundings: Surroundings) {
    this.#order = order;
    this.#machine = machine;
    this.#surroundings = surroundings;
    this.#orderedAt = surroundings.now();
    this.#memoryBytes = memoryOf(machine);
    this.#next(0, () => this.#prepare());
  }

  get isOver(): boolean {
    return this.#phase === 'Succeeded' || this.#phase === 'Failed';
  }

  abort(): void {
    if (this.isOver || this.#aborting) return;
    this.#aborting = true;
    this.#surroundings.changed();
    if (this.#phase === 'Completing' || this.#machine.behaviour === 'AbortTooLate') return;
    const trouble = { reason: 'Aborted', message: 'The migration was aborted.' };
    this.#next(this.#surroundings.delays.abort, () => this.#end('Failed', trouble));
  }

  /** Its machine is gone: nothing of it is left. */
  destroy(): void {
    this.#cancelStep?.();
  }

  observe(): ObservedMigration {
    return {
      phase: this.#phase,
      aborting: this.#aborting && this.#phase !== 'Succeeded',
      source: this.#source,
      destination: this.#destination,
      startedAt: instant(this.#startedAt),
      endedAt: instant(this.#endedAt),
      progress: this.#startedAt === undefined ? undefined : this.#progress(),
      trouble: this.#trouble,
    };
  }

  /** Finds a destination, and goes on when there is one; a guest that is still being booted is waited for. */
  #prepare(): void {
    const { delays } = this.#surroundings;
    const { guest } = this.#machine;
    if (guest?.phase === 'Running') {
      this.#source = guest.node;
      this.#destination = this.#findDestination();
    }
    if (this.#destination !== undefined) {
      this.#phase = 'Preparing';
      this.#trouble = undefined;
      this.#next(delays.prepare, () => this.#transfer());
    } else if (this.#surroundings.now() - this.#orderedAt >= delays.unschedulable) {
      this.#end('Failed', NO_DESTINATION);
      return;
    } else {
      this.#trouble = guest?.phase === 'Running' ? NO_DESTINATION : NOT_RUNNING;
      this.#next(delays.retry, () => this.#prepare());
    }
    this.#surroundings.changed();
  }

  #findDestination(): string | undefined {
    const { destinationNode, destinationLabels } = this.#order;
    return this.#surroundings.place({
      labels: [destinationLabels, this.#machine.guest?.vm.hardware.nodeSelector ?? {}],
      only: destinationNode,
      except: this.#source,
    });
  }

  #transfer(): void {
    this.#phase = 'Running';
    this.#startedAt = this.#surroundings.now();
    this.#next(this.#stepDelay(), () => this.#step());
    this.#surroundings.changed();
  }

  #step(): void {
    this.#steps += 1;
    if (this.#machine.behaviour === 'MigrationFails' && this.#steps === STEPS / 2) {
      const message = 'The name of the VM says that its migration fails.';
      this.#end('Failed', { reason: 'TransferFailed', message });
      return;
    }
    if (this.#steps < STEPS) {
      this.#next(this.#stepDelay(), () => this.#step());
    } else {
      this.#phase = 'Completing';
      this.#next(this.#surroundings.delays.complete, () => this.#arrive());
    }
    this.#surroundings.changed();
  }

  #arrive(): void {
    if (this.#destination !== undefined) this.#machine.moveTo(this.#destination);
    this.#end('Succeeded', undefined);
  }

  #end(phase: 'Succeeded' | 'Failed', trouble: Trouble | undefined): void {
    this.#cancelStep?.();
    this.#phase = phase;
    this.#trouble = trouble;
    this.#endedAt = this.#surroundings.now();
    this.#surroundings.changed();
  }

  #stepDelay(): number {
    const { transfer, slowFactor } = this.#surroundings.delays;
    const wanted = this.#machine.behaviour === 'Slow' ? transfer * slowFactor : transfer;
    const bandwidth = this.#order.policy?.bandwidth;
    const needed = bandwidth === undefined ? 0 : (this.#memoryBytes / bytesOf(bandwidth)) * 1_000;
    return Math.max(wanted, needed) / STEPS;
  }

  #progress(): NonNullable<ObservedMigration['progress']> {
    const processed = Math.floor((this.#memoryBytes * this.#steps) / STEPS);
    return {
      percent: Math.floor((100 * this.#steps) / STEPS),
      memoryTotalBytes: this.#memoryBytes,
      memoryProcessedBytes: processed,
      memoryRemainingBytes: this.#memoryBytes - processed,
    };
  }

  #next(ms: number, step: () => void): void {
    this.#cancelStep?.();
    this.#cancelStep = this.#surroundings.later(ms, step);
  }
}

function memoryOf({ guest }: Machine): number {
  const hardware = guest?.vm.hardware;
  return bytesOf(hardware?.kind === 'Portable' ? hardware.memory : UNKNOWN_MEMORY);
}

function instant(time: number | undefined): string | undefined {
  return time === undefined ? undefined : new Date(time).toISOString();
}
