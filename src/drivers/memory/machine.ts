import type { ObservedVm, RunningVm, Trouble, VmTrouble } from '../../domain/observed.ts';
import { namesOfWritten } from '../../domain/instance/writable-disks.ts';
import type { RenderedVm, VmDisk } from '../../domain/vm.ts';
import type { ClaimOrder, VmOrder } from '../driver.ts';
import { behaviourOf, type Behaviour } from './behaviour.ts';
import type { CancelTimer } from './settings.ts';
import type { Surroundings } from './surroundings.ts';

interface Guest {
  readonly bootId: string;
  readonly vm: RenderedVm;
  phase: RunningVm['phase'];
  node: string;
}

const NOT_MIGRATABLE: Trouble = {
  reason: 'NotMigratable',
  message: 'the name of the VM says that it is not migratable',
};

/** One VM: what is stored of it, and the guest that was booted from that. */
export class Machine {
  readonly uid: string;
  readonly behaviour: Behaviour;
  readonly #surroundings: Surroundings;
  #order: VmOrder;
  /** Where it is, if that was said; else it has a place while it runs. */
  #home: string | undefined;
  /** Fields that were changed behind our back since it was defined. */
  #drift: readonly string[] = [];
  #guest: Guest | undefined;
  #trouble: VmTrouble | undefined;
  #cancelStep: CancelTimer | undefined;

  constructor(order: VmOrder, surroundings: Surroundings, home?: string) {
    this.#surroundings = surroundings;
    this.uid = surroundings.unique('vm');
    this.behaviour = behaviourOf(order.key.name);
    this.#order = order;
    this.#home = home;
    this.#settle();
  }

  get instanceUid(): string {
    return this.#order.instanceUid;
  }

  /** The guest that is there, whatever its phase. */
  get guest(): Readonly<Guest> | undefined {
    return this.#guest;
  }

  /** Stores the order, and boots or stops the guest where its power asks for it. */
  define(order: VmOrder): void {
    if (isSame(order, this.#order) && this.#drift.length === 0) return;
    this.#order = order;
    this.#drift = [];
    // What kept the VM from running may be what was changed.
    if (this.#guest === undefined) this.#forgetStep();
    this.#settle();
    this.#surroundings.changed();
  }

  /** Writes down whose it is. */
  claim({ instanceUid, deletionPolicy }: ClaimOrder): void {
    const { instanceUid: before, deletionPolicy: policy } = this.#order;
    if (instanceUid === before && deletionPolicy === policy) return;
    this.#order = { ...this.#order, instanceUid, deletionPolicy };
    this.#surroundings.changed();
  }

  /** Somebody changes what is stored; for tests. */
  tamper(...paths: readonly string[]): void {
    this.#drift = paths;
    this.#surroundings.changed();
  }

  /** Ends that boot; what is stored is booted after it. */
  restart(bootId: string): void {
    if (this.#guest?.bootId === bootId) this.#stop();
  }

  /** The guest goes on on another node: the same boot. */
  moveTo(node: string): void {
    if (this.#guest !== undefined) this.#guest.node = node;
    if (this.#home !== undefined) this.#home = node;
    this.#surroundings.changed();
  }

  /** Ends everything that is under way. */
  destroy(): void {
    this.#forgetStep();
    this.#guest = undefined;
  }

  observe(wanted?: RenderedVm): ObservedVm {
    const { key, vm, power, instanceUid, deletionPolicy } = this.#order;
    const disks = [vm, this.#guest?.vm].flatMap(disksOf);
    const drift = wanted?.boot.specHash === vm.boot.specHash ? this.#drift : [];
    return {
      uid: this.uid,
      ownership: { kind: 'Instance', uid: instanceUid, deletionPolicy },
      identity: vm.identity,
      writes: namesOfWritten(disks, key.namespace),
      stored: { boot: vm.boot, power, drift, ...(this.#home !== undefined && { node: this.#home }) },
      running: this.#guest && observeGuest(this.#guest, this.behaviour),
      trouble: this.#trouble,
    };
  }

  #settle(): void {
    const wanted = this.#order.power === 'On';
    if (this.#guest === undefined) {
      if (wanted) this.#boot();
      else this.#fail(undefined);
    } else if (!wanted) {
      this.#stop();
    }
  }

  #boot(): void {
    const { vm } = this.#order;
    const node = this.#home ?? this.#surroundings.place({ labels: [vm.hardware.nodeSelector] });
    if (node === undefined) {
      this.#tryAgainAfter({ reason: 'Unschedulable', message: 'No node is Ready and has the labels.' });
      return;
    }
    this.#trouble = undefined;
    this.#guest = { bootId: this.#surroundings.unique('boot'), vm, phase: 'Starting', node };
    this.#next(this.#surroundings.delays.boot, () => this.#booted(vm));
  }

  #booted(vm: RenderedVm): void {
    const fails =
      this.behaviour === 'BootFails' || (this.behaviour === 'RescueFails' && vm.boot.mode === 'Rescue');
    if (fails) {
      this.#guest = undefined;
      this.#tryAgainAfter({ reason: 'BootFailed', message: 'The name of the VM says that its boot fails.' });
    } else if (this.#guest !== undefined) {
      this.#guest.phase = 'Running';
    }
    this.#surroundings.changed();
  }

  #stop(): void {
    if (this.#guest === undefined || this.#guest.phase === 'Stopping') return;
    this.#guest.phase = 'Stopping';
    this.#next(this.#surroundings.delays.stop, () => {
      this.#guest = undefined;
      this.#settle();
      this.#surroundings.changed();
    });
    this.#surroundings.changed();
  }

  #tryAgainAfter(trouble: VmTrouble): void {
    this.#fail(trouble);
    this.#next(this.#surroundings.delays.retry, () => {
      this.#settle();
      this.#surroundings.changed();
    });
  }

  #fail(trouble: VmTrouble | undefined): void {
    this.#trouble = trouble;
  }

  #next(ms: number, step: () => void): void {
    this.#forgetStep();
    this.#cancelStep = this.#surroundings.later(ms, step);
  }

  #forgetStep(): void {
    this.#cancelStep?.();
    this.#cancelStep = undefined;
  }
}

function disksOf(vm: RenderedVm | undefined): readonly VmDisk[] {
  return vm?.hardware.kind === 'Portable' ? vm.hardware.disks : [];
}

function observeGuest({ bootId, vm, phase, node }: Guest, behaviour: Behaviour): RunningVm {
  const notMigratable = behaviour === 'NotMigratable' ? NOT_MIGRATABLE : undefined;
  return { bootId, boot: vm.boot, phase, node, notMigratable };
}

function isSame(a: VmOrder, b: VmOrder): boolean {
  return (
    a.power === b.power &&
    a.deletionPolicy === b.deletionPolicy &&
    a.vm.boot.specHash === b.vm.boot.specHash &&
    a.vm.boot.mode === b.vm.boot.mode &&
    a.vm.boot.session === b.vm.boot.session
  );
}
