import { isDeepStrictEqual } from 'node:util';
import type { Instance, InstanceSpec } from '../../../src/api/instance.ts';
import type { LiveMigration } from '../../../src/api/live-migration.ts';
import { decideInstance } from '../../../src/domain/instance/decide.ts';
import { statusAfterMigration, statusWithMigration } from '../../../src/domain/instance/lock.ts';
import type { InstanceObservation } from '../../../src/domain/instance/observation.ts';
import { nextInstanceStatus } from '../../../src/domain/instance/status.ts';
import { decideMigration, type MigrationDecision } from '../../../src/domain/live-migration/decide.ts';
import { nextMigrationStatus } from '../../../src/domain/live-migration/status.ts';
import type { ObservedMigration, ObservedVm } from '../../../src/domain/observed.ts';
import { ACCEPTED, NOTHING_DONE } from '../../../src/domain/outcome.ts';
import { aNode } from '../../builders/nodes.ts';
import { aMigrationObservation, aStoredInstance, NOW_MS } from '../../builders/observation.ts';

/** What a backend shows at one moment; what is not given is as it was. */
interface Scene {
  readonly vm?: ObservedVm | undefined;
  readonly migration?: ObservedMigration;
}

/** No play asks for as much. */
const ENDLESS = 100;
/** Time between two scenes: backends are fast. Milliseconds. */
const TICK = 100;

/**
 * Both controllers over a scripted backend: shows them one scene after another, lets them work until they have nothing
 * to do, and notes each request that they make.
 */
export class Play {
  readonly requests: string[] = [];
  #instance: Instance = aStoredInstance();
  #migration: LiveMigration | undefined;
  #vm: ObservedVm | undefined;
  #observed: ObservedMigration | undefined;
  #now = NOW_MS;

  get status(): Instance['status'] {
    return this.#instance.status;
  }

  edit(spec: InstanceSpec): void {
    const metadata = { ...this.#instance.metadata, generation: this.#instance.metadata.generation + 1 };
    this.#instance = { ...this.#instance, spec, metadata };
  }

  create(migration: LiveMigration): void {
    this.#migration = migration;
    this.#observed = undefined;
  }

  show(...scenes: Scene[]): this {
    for (const scene of scenes) {
      if ('vm' in scene) this.#vm = scene.vm;
      if (scene.migration !== undefined) this.#observed = scene.migration;
      this.later(TICK);
    }
    return this;
  }

  /** Nothing happens for a while, and then all is looked at again. */
  later(ms: number): this {
    this.#now += ms;
    this.#work();
    return this;
  }

  /** Until neither makes a request; an order ends the scene, since its effect is seen in the next. */
  #work(): void {
    for (let before = -1; before < this.requests.length;) {
      before = this.requests.length;
      if (before > ENDLESS) throw new Error(`it never ends: ${this.requests.slice(-4).join(', ')}`);
      if (this.#instancePass() || this.#migrationPass()) return;
    }
  }

  #instancePass(): boolean {
    const observation = this.#observeInstance();
    const now = this.#instant();
    const decision = decideInstance(observation, now);
    const ordered = decision.action.kind !== 'None';
    if (ordered) this.requests.push(decision.action.kind);
    const outcome = ordered ? ACCEPTED : NOTHING_DONE;
    this.#writeInstance(nextInstanceStatus(observation, decision, { outcome, now }));
    return ordered;
  }

  #migrationPass(): boolean {
    if (this.#migration === undefined) return false;
    const observation = aMigrationObservation({
      migration: this.#migration,
      instance: this.#observeInstance(),
      observed: this.#observed,
    });
    const decision = decideMigration(observation, this.#now);
    this.#writeLock(this.#migration, decision.kind);
    const ordered = ['Start', 'Abort', 'ForceComplete'].includes(decision.kind);
    if (ordered) this.requests.push(decision.kind);
    const outcome = ordered ? ACCEPTED : NOTHING_DONE;
    const status = nextMigrationStatus(observation, decision, outcome, this.#now);
    if (status !== undefined && !isDeepStrictEqual(status, this.#migration.status)) {
      this.#migration = { ...this.#migration, status };
      this.requests.push(`LiveMigration ${status.phase}`);
    }
    return ordered;
  }

  #writeLock({ metadata: { uid, name } }: LiveMigration, kind: MigrationDecision['kind']): void {
    const instance = this.#observeInstance();
    const now = this.#instant();
    if (kind === 'TakeLock') {
      this.#writeInstance(statusWithMigration(instance, { uid, name, destination: undefined }, now));
    }
    if (kind === 'Release') this.#writeInstance(statusAfterMigration(instance, now));
  }

  #writeInstance(status: NonNullable<Instance['status']>): void {
    if (isDeepStrictEqual(status, this.#instance.status)) return;
    this.#instance = { ...this.#instance, status };
    const lock = status.operation === undefined ? '' : ` (${status.operation.type})`;
    this.requests.push(`Instance ${status.state}${lock}`);
  }

  #observeInstance(): InstanceObservation {
    const node = this.#vm?.running?.node;
    const operation = this.#instance.status?.operation;
    return {
      instance: this.#instance,
      driver: 'kubevirt',
      vm: this.#vm,
      vmOwner: undefined,
      rivals: [],
      placement: undefined,
      followsOwnerReferences: true,
      node: node === undefined ? undefined : aNode(node),
      migration:
        operation?.type === 'Migrate'
          ? { uid: operation.uid, exists: this.#migration !== undefined, observed: this.#observed }
          : undefined,
    };
  }

  #instant(): string {
    return new Date(this.#now).toISOString();
  }
}
