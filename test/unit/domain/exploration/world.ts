import type { InstanceStatus } from '../../../../src/api/instance.ts';
import type { LiveMigrationStatus } from '../../../../src/api/live-migration.ts';
import type { ObservedMigration, Power } from '../../../../src/domain/observed.ts';
import type { Boot } from '../../../../src/domain/vm.ts';

/**
 * The small world that is explored: one Instance, at most one LiveMigration of it, one VM on two nodes, and the last
 * migration that the backend knows. Everything in it is an immutable value, and each value exists once, so that a
 * world is known by the numbers of its parts.
 */
export interface World {
  readonly spec: Spec;
  /** What is stored as status of the Instance. */
  readonly status: InstanceStatus | undefined;
  readonly liveMigration: StoredMigration | undefined;
  readonly vm: Vm | undefined;
  readonly migration: BackendMigration | undefined;
  /** The node whose capability labels are missing; `undefined`: both nodes have them. */
  readonly incapable: NodeName | undefined;
  /** How many more crashes, lost answers and accidents may happen. */
  readonly faults: number;
}

interface Spec {
  readonly rescue: boolean;
  readonly powerState: 'Running' | 'Stopped';
}

export type NodeName = 'node-a' | 'node-b';
export const NODE_NAMES: readonly NodeName[] = ['node-a', 'node-b'];

export interface StoredMigration {
  readonly uid: string;
  readonly abort: boolean;
  readonly status: LiveMigrationStatus | undefined;
}

/** A VM at the backend. */
export interface Vm {
  readonly mode: Boot['mode'];
  readonly power: Power;
  readonly guest: Guest | undefined;
  /** The last boot has failed, and the backend says so until it tries again. */
  readonly troubled: boolean;
}

export interface Guest {
  readonly mode: Boot['mode'];
  readonly phase: 'Starting' | 'Running' | 'Stopping';
  readonly node: NodeName;
}

/** A migration at the backend. */
export interface BackendMigration {
  readonly uid: string;
  readonly phase: ObservedMigration['phase'];
  readonly aborting: boolean;
  readonly source: NodeName;
  readonly destination: NodeName | undefined;
  /** The order said that the destination must have the label. */
  readonly labelled: boolean;
  /** The migration has been seen to succeed, the VM has not been seen on its destination yet. */
  readonly lagging: boolean;
  /** What has become of the guest that was migrated. */
  readonly guest: 'Alive' | 'Died' | 'Restarted';
}

export const START: World = {
  spec: { rescue: false, powerState: 'Running' },
  status: undefined,
  liveMigration: undefined,
  vm: undefined,
  migration: undefined,
  incapable: undefined,
  faults: 0,
};

/** All time in a stored status is this instant: when something happened makes no difference to what follows. */
export const THEN = '2026-11-23T10:00:00.000Z';

const INSTANT = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g;

const knownByText = new Map<string, object>();

/** The same value without its instants; equal values are one object. */
export function timeless<T extends object>(value: T): T {
  const text = JSON.stringify(value).replace(INSTANT, THEN);
  const known = knownByText.get(text) ?? (JSON.parse(text) as T);
  knownByText.set(text, known);
  return known as T;
}

/** Gives equal values one number. */
export class Numbering {
  readonly #byText = new Map<string, number>();
  readonly #byValue = new WeakMap<object, number>();

  of(value: object | undefined): number {
    if (value === undefined) return 0;
    const known = this.#byValue.get(value);
    if (known !== undefined) return known;
    const text = JSON.stringify(value);
    const number = this.#byText.get(text) ?? this.#byText.size + 1;
    this.#byText.set(text, number);
    this.#byValue.set(value, number);
    return number;
  }

  /** Equal worlds have equal keys. */
  keyOf({ spec, status, liveMigration, vm, migration, incapable, faults }: World): string {
    const parts = [spec, status, liveMigration, vm, migration].map((part) => this.of(part)).join(',');
    return `${parts},${incapable ?? ''},${faults}`;
  }
}

/** Whether the backend is still at work on it. */
export function isActive(migration: BackendMigration | undefined): boolean {
  return migration !== undefined && migration.phase !== 'Succeeded' && migration.phase !== 'Failed';
}
