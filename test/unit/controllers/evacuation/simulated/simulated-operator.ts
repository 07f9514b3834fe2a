import { pino } from 'pino';
import { isFinal } from '../../../../../src/domain/live-migration/decide.ts';
import { INSTANCES, LIVE_MIGRATIONS } from '../../../../../src/api/resources.ts';
import { FIELD_MANAGER } from '../../../../../src/api/names.ts';
import type { Instance } from '../../../../../src/api/instance.ts';
import type { LiveMigration } from '../../../../../src/api/live-migration.ts';
import type { Node } from '../../../../../src/api/node.ts';
import { NODES } from '../../../../../src/api/resources.ts';
import type { ControllerDeps } from '../../../../../src/controllers/deps.ts';
import { Cancellations } from '../../../../../src/controllers/evacuation/cancellations.ts';
import { Orders } from '../../../../../src/controllers/evacuation/orders.ts';
import { reconcileEvacuations } from '../../../../../src/controllers/evacuation/reconcile.ts';
import { EvacuationWriter } from '../../../../../src/controllers/evacuation/writer.ts';
import { reconcileInstance } from '../../../../../src/controllers/instance/reconcile.ts';
import { Refusals } from '../../../../../src/controllers/instance/refusals.ts';
import { reconcileLiveMigration } from '../../../../../src/controllers/live-migration/reconcile.ts';
import { instanceKeyOf, type World } from '../../../../../src/controllers/world.ts';
import type { DrainSettings } from '../../../../../src/domain/evacuation/plan.ts';
import { minimumFor } from '../../../../../src/domain/node/minimum.ts';
import { ApiError, ConnectionError } from '../../../../../src/kube/api-errors.ts';
import { EventRecorder } from '../../../../../src/kube/event-recorder.ts';
import { MetadataWriter } from '../../../../../src/kube/metadata-writer.ts';
import { ResourceClient } from '../../../../../src/kube/resource-client.ts';
import { formatKey, keyOf } from '../../../../../src/kube/resource.ts';
import { StatusWriter } from '../../../../../src/kube/status-writer.ts';
import type { Transport } from '../../../../../src/kube/transport.ts';
import type { ReconcileResult } from '../../../../../src/runtime/controller.ts';
import type { Unreadable } from '../../../../../src/runtime/unreadable.ts';
import { BusinessEvents } from '../../../../../src/telemetry/business-events.ts';
import { countHappenings } from '../../../../../src/telemetry/metrics/happenings.ts';
import { Meter } from '../../../../../src/telemetry/metrics/meter.ts';
import type { Agenda } from './agenda.ts';

const logger = pino({ level: 'silent' });

/** Pause after a pass that ended in an error of the API server. Milliseconds. */
const BACK_OFF = 1_000;

/** Thrown by means of the operator: its process ends there. */
export class Crash extends Error {}

/** The operator's own passes, one after the other; whatever changes wakes all that it may concern. */
export class SimulatedOperator {
  readonly #deps: ControllerDeps;
  readonly #agenda: Agenda;
  /** By what is to be looked at: when. */
  readonly #due = new Map<string, number>();
  /** All that ever was looked at, as the backend and the API server list it to a new process. */
  readonly #known = new Set<string>();
  #memory = freshMemory();

  constructor(world: World, agenda: Agenda, means: { transport: Transport; drain: DrainSettings }) {
    this.#agenda = agenda;
    this.#deps = depsOf(world, means);
    world.instances.onChange(({ object }) => this.wake(formatKey(keyOf(object))));
    world.migrations.onChange(({ type, object }) => {
      const key = instanceKeyOf(object);
      if (type === 'Deleted' && !isFinal(object.status?.phase)) {
        this.#memory.cancellations.note(key, agenda.now());
      }
      this.wake(key);
    });
  }

  /** Looks at an Instance, at its migrations and at all drains. */
  wake(key: string): void {
    this.#known.add(key);
    this.#plan(`Instance ${key}`, 0);
    for (const migration of this.#deps.world.migrations.list()) {
      if (instanceKeyOf(migration) === key) this.#plan(`LiveMigration ${formatKey(keyOf(migration))}`, 0);
    }
    this.#plan('drains', 0);
  }

  /** Another process, which knows nothing but what is stored. */
  restart(): void {
    this.#memory = freshMemory();
    for (const key of this.#known) this.wake(key);
  }

  #plan(what: string, after: number): void {
    const at = this.#agenda.now() + after;
    if ((this.#due.get(what) ?? Infinity) <= at) return;
    this.#due.set(what, at);
    this.#agenda.setTimeout(async () => {
      // It was brought forward, and done.
      if (this.#due.get(what) !== at) return;
      this.#due.delete(what);
      const result = await this.#pass(what).catch((error: unknown) => this.#recovered(error));
      if (result.after !== undefined) this.#plan(what, result.after);
    }, after);
  }

  #recovered(error: unknown): ReconcileResult {
    if (error instanceof ApiError || error instanceof ConnectionError) {
      return { after: BACK_OFF, because: 'the API server did not answer as it should' };
    }
    if (!(error instanceof Crash)) throw error;
    this.restart();
    return {};
  }

  #pass(what: string): Promise<ReconcileResult> {
    const [kind, key = ''] = what.split(' ');
    if (kind === 'Instance') return reconcileInstance(key, this.#deps, this.#memory.refusals);
    if (kind === 'LiveMigration') return reconcileLiveMigration(key, this.#deps);
    return reconcileEvacuations({ ...this.#deps, ...this.#memory });
  }
}

function freshMemory() {
  return {
    refusals: new Refusals(),
    orders: new Orders(),
    cancellations: new Cancellations(),
    told: new Map<string, string>(),
  };
}

function depsOf(
  world: World,
  { transport, drain }: { transport: Transport; drain: DrainSettings },
): ControllerDeps {
  const { instances, migrations, nodes } = world;
  const ignore = { upsert: () => undefined };
  const recorder = new EventRecorder(transport, { logger, controller: 'test/test', instance: 'test' });
  return {
    world,
    instanceStatus: new StatusWriter(new ResourceClient<Instance>(transport, INSTANCES), instances),
    migrationStatus: new StatusWriter(
      new ResourceClient<LiveMigration>(transport, LIVE_MIGRATIONS),
      migrations,
    ),
    unreadableInstanceStatus: new StatusWriter(new ResourceClient<Unreadable>(transport, INSTANCES), ignore),
    unreadableMigrationStatus: new StatusWriter(
      new ResourceClient<Unreadable>(transport, LIVE_MIGRATIONS),
      ignore,
    ),
    instanceFinalizers: new MetadataWriter(
      new ResourceClient<Instance>(transport, INSTANCES),
      instances,
      FIELD_MANAGER,
    ),
    nodeLabels: new MetadataWriter(new ResourceClient<Node>(transport, NODES), nodes, FIELD_MANAGER),
    minimum: minimumFor('memory', { source: undefined, destination: undefined }),
    evacuationWriter: new EvacuationWriter(transport, { instances, migrations }),
    drain,
    events: new BusinessEvents(recorder, logger, countHappenings(new Meter())),
    logger,
    mayAct: () => true,
  };
}
