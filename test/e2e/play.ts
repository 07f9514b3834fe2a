import type * as z from 'zod';
import type { Instance, InstanceSpec } from '../../src/api/instance.ts';
import type { LiveMigration } from '../../src/api/live-migration.ts';
import { SOURCE_LABEL } from '../../src/api/names.ts';
import { isFinal } from '../../src/domain/live-migration/decide.ts';
import { aDisk, anInstance, aRescue, type InstanceManifest } from '../builders/instance.ts';
import { aLiveMigration, type LiveMigrationOptions } from '../builders/live-migration.ts';
import type { Printed } from '../support/kubectl.ts';
import { Observer } from '../support/observer.ts';
import type { Stage } from '../support/stage.ts';

/** One Instance on a stage: what is done to it by kubectl, and what the watches have shown of it. */
export class Play {
  readonly name: string;
  readonly stage: Stage;
  readonly observer: Observer;
  /** How long each thing that is waited for may take, where nothing else is said. Milliseconds. */
  readonly #patience: number | undefined;
  /** Index of the first event that the present act may have caused. */
  #act = 0;

  constructor(stage: Stage, name: string, patience?: number) {
    this.stage = stage;
    this.name = name;
    this.#patience = patience;
    this.observer = new Observer(stage.admin, stage.namespace);
  }

  /** `namespace/name`. */
  get key(): string {
    return `${this.stage.namespace}/${this.name}`;
  }

  /** The Instance; what is not given is as in the builder. */
  manifest(spec: Partial<z.input<typeof InstanceSpec>> = {}): InstanceManifest {
    const { name, stage } = this;
    // A disk that needs nothing else to be there, and a node from which it can get away.
    const disks = [aDisk({ source: { containerDisk: { image: 'registry.example/root:1' } } })];
    const placement = { nodeSelector: { [SOURCE_LABEL]: 'true' } };
    return anInstance({ name, namespace: stage.namespace, spec: { disks, placement, ...spec } });
  }

  /** Applies it. */
  apply(spec: Partial<z.input<typeof InstanceSpec>> = {}): Promise<Printed> {
    return this.accepted(['apply', '-f', '-'], this.manifest(spec));
  }

  async running(): Promise<Instance> {
    await this.apply();
    return this.settled('Running');
  }

  /** A running Instance that was then rescued. */
  async rescued(): Promise<Instance> {
    await this.running();
    await this.apply({ rescue: aRescue() });
    return this.settled('Rescued');
  }

  /** Makes a LiveMigration of the Instance, named after it and `suffix`. */
  async migrate(suffix: string, spec: LiveMigrationOptions['spec'] = {}): Promise<string> {
    const name = `${this.name}-${suffix}`;
    const manifest = aLiveMigration({
      name,
      namespace: this.stage.namespace,
      spec: { instanceName: this.name, ...spec },
    });
    await this.accepted(['apply', '-f', '-'], manifest);
    return name;
  }

  /** Runs kubectl as the user, in their namespace. @throws where it fails */
  async accepted(args: readonly string[], input?: unknown): Promise<Printed> {
    this.#act = this.observer.instances.length;
    const printed = await this.stage.kubectl([...args, '-n', this.stage.namespace], input);
    if (printed.code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${printed.stderr}`);
    return printed;
  }

  /** Somebody else is about to do something: nothing that was seen before is the result of it. */
  othersAct(): void {
    this.#act = this.mark();
  }

  /** Waits until the Instance is in a state with nothing going on, as a result of the last thing that was done. */
  async settled(state: string, timeoutMs?: number): Promise<Instance> {
    return this.instance(
      `${this.name} has settled in ${state}`,
      ({ metadata, status }) =>
        status?.state === state &&
        status.operation === undefined &&
        status.observedGeneration === metadata.generation,
      timeoutMs,
    );
  }

  async instance(
    what: string,
    matches: (instance: Instance) => boolean,
    timeoutMs = this.#patience,
  ): Promise<Instance> {
    return this.observer.until(what, () => this.#seen(this.#act).find(matches), timeoutMs);
  }

  async migrationUntil(
    name: string,
    what: string,
    matches: (migration: LiveMigration) => boolean,
    timeoutMs = this.#patience,
  ): Promise<LiveMigration> {
    const seen = () =>
      this.observer.migrations
        .map(({ object }) => object)
        .find((object) => object.metadata.name === name && matches(object));
    return this.observer.until(`LiveMigration ${name} ${what}`, seen, timeoutMs);
  }

  /** Waits until a LiveMigration is in its transfer. */
  transferring(name: string): Promise<LiveMigration> {
    return this.migrationUntil(name, 'is Running', ({ status }) => status?.phase === 'Running');
  }

  /** Waits until a LiveMigration is over. */
  ended(name: string, timeoutMs?: number): Promise<LiveMigration> {
    return this.migrationUntil(name, 'is over', ({ status }) => isFinal(status?.phase), timeoutMs);
  }

  /** Waits until a LiveMigration of the Instance is over, whoever made it. */
  endedFirst(timeoutMs = this.#patience): Promise<LiveMigration> {
    const find = () =>
      this.observer.migrations
        .map(({ object }) => object)
        .find(({ spec, status }) => spec.instanceName === this.name && isFinal(status?.phase));
    return this.observer.until(`a LiveMigration of ${this.name} is over`, find, timeoutMs);
  }

  /**
   * How often the operator has written how far LiveMigrations of the Instance are, as the watch has shown it. More often
   * than at the start and the end of the transfer where the machine is slow: what lasts for two seconds is told as well.
   */
  timesTold(): number {
    return this.observer.migrations.filter(
      ({ object: { spec, status } }) =>
        spec.instanceName === this.name && (status?.observedGeneration ?? -1) >= 0,
    ).length;
  }

  /** Where the next events will be; for `statesSince`. */
  mark(): number {
    return this.observer.instances.length;
  }

  /** Every state that a watch has shown since a mark. */
  statesSince(mark: number): string[] {
    return [...new Set(this.#seen(mark).flatMap(({ status }) => status?.state ?? []))];
  }

  close(): Promise<void> {
    return this.observer.close();
  }

  #seen(from: number): Instance[] {
    return this.observer.instances
      .slice(from)
      .map(({ object }) => object)
      .filter(({ metadata }) => metadata.name === this.name);
  }
}

/** A condition of an object. */
export function conditionOf({ status }: Instance | LiveMigration, type: string) {
  return status?.conditions?.find((condition) => condition.type === type);
}
