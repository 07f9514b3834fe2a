import type { InstanceStatus } from '../../../../../src/api/instance.ts';
import type { LiveMigrationStatus } from '../../../../../src/api/live-migration.ts';
import { requiredDestinationLabels } from '../../../../../src/domain/gate.ts';
import { statusAfterMigration, statusWithMigration } from '../../../../../src/domain/instance/lock.ts';
import { stateOf } from '../../../../../src/domain/instance/state.ts';
import { isFinal, type MigrationDecision } from '../../../../../src/domain/live-migration/decide.ts';
import type { MigrationObservation } from '../../../../../src/domain/live-migration/observation.ts';
import type { Outcome } from '../../../../../src/domain/outcome.ts';
import { idOf, instantAt, timeless } from '../world/numbering.ts';
import { lagging, seen } from '../world/stale.ts';
import { isUnsettled } from '../world/unanswered.ts';
import type { Order, Step } from '../world/step.ts';
import { isActive, type NodeName, type StoredMigration, type World } from '../world/world.ts';
import type { Brain } from './brain.ts';
import { withStatus } from './instance-pass.ts';
import { observeMigration } from './observe.ts';
import { passes } from './pass.ts';

/** At once, when a preparation has lasted, and when a transfer has lasted too long. Milliseconds after a moment of the clock. */
const MOMENTS = [0, 10_000, 3_600_000];

/** What the controller of a LiveMigration makes of what it sees at one moment. */
interface Thought {
  readonly kind: MigrationDecision['kind'];
  readonly order: Order | undefined;
  /** The status of the Instance with the lock taken or given back; `undefined`: it is neither. */
  readonly lockAfter: (outcome: Outcome) => InstanceStatus | undefined;
  readonly statusAfter: (outcome: Outcome) => LiveMigrationStatus | undefined;
}

/** By what is seen: a process explores one brain only. */
const thoughts = new Map<string, readonly Thought[]>();

/** A pass of the controller for each LiveMigration: as src/controllers/live-migration/reconcile.ts, and its crashes. */
export function migrationPasses(world: World, brain: Brain, nodes: readonly NodeName[]): Step[] {
  const view = seen(world);
  return view.liveMigrations.flatMap((liveMigration) => {
    if (isUnsettled(world, liveMigration.uid)) return [];
    const key = seenByMigration(view, liveMigration);
    const known = thoughts.get(key) ?? think(view, liveMigration, { brain, nodes });
    thoughts.set(key, known);
    return known.flatMap((thought) => passAs(thought, liveMigration, { world, brain }));
  });
}

/** Everything that a pass looks at. */
function seenByMigration(view: World, { uid }: StoredMigration): string {
  const { instance, liveMigrations, vm, ordered, guest, migration, foreign, incapable, lost, clock, stale } =
    view;
  const lags = stale.guest !== undefined;
  const backend = [vm, ordered, guest, migration, foreign, lags];
  return [instance, liveMigrations, ...backend, incapable, lost, clock, uid].map(idOf).join(',');
}

interface Surroundings {
  readonly brain: Brain;
  readonly nodes: readonly NodeName[];
}

function think(view: World, liveMigration: StoredMigration, { brain, nodes }: Surroundings): Thought[] {
  const observation = observeMigration(view, liveMigration, nodes);
  return momentsOf(view, liveMigration).map((moment) =>
    thoughtAt(observation, brain, Date.parse(instantAt(view.clock)) + moment),
  );
}

/** No decision depends on the time without a migration at the backend, and no watch lags for long behind its end. */
function momentsOf({ migration, stale }: World, { uid, status }: StoredMigration): readonly number[] {
  const asked = migration?.uid === uid && !isFinal(status?.phase);
  const lags = stale.guest !== undefined && !isActive(migration);
  return !asked || lags ? MOMENTS.slice(0, 1) : MOMENTS;
}

function thoughtAt(observation: MigrationObservation, brain: Brain, now: number): Thought {
  const decision = brain.decideMigration(observation, now);
  const written = lockWrite(
    observation,
    decision.kind === 'Withdraw' ? decision.then : decision,
    new Date(now).toISOString(),
  );
  const locked = written && timeless(written);
  return {
    kind: decision.kind,
    order: orderOf(observation, decision),
    lockAfter: (outcome) =>
      decision.kind !== 'Withdraw' || outcome.kind === 'NotFound' ? locked : undefined,
    statusAfter(outcome) {
      const status = brain.nextMigrationStatus(observation, decision, outcome, now);
      return status && timeless(status);
    },
  };
}

/** `undefined`: the decision neither takes nor gives back the lock. */
function lockWrite(
  { instance, migration }: MigrationObservation,
  { kind }: MigrationDecision,
  now: string,
): InstanceStatus | undefined {
  if (instance === undefined) return undefined;
  if (kind === 'TakeLock') {
    const { uid, name } = migration.metadata;
    return statusWithMigration(instance, { uid, name, destination: undefined }, now);
  }
  return kind === 'Release' ? statusAfterMigration(instance, now) : undefined;
}

function orderOf(
  { migration, instance }: MigrationObservation,
  { kind }: MigrationDecision,
): Order | undefined {
  const { uid } = migration.metadata;
  if (kind === 'Abort' || kind === 'Withdraw') return { kind: 'Abort', uid };
  if (kind !== 'Start' || instance === undefined) return undefined;
  const labels = requiredDestinationLabels(stateOf(instance, instance.instance.status?.operation));
  return { kind: 'Migrate', uid, name: uid, labelled: Object.keys(labels).length > 0 };
}

function passAs(
  { kind, order, lockAfter, statusAfter }: Thought,
  { uid, status }: StoredMigration,
  { world, brain }: { readonly world: World; readonly brain: Brain },
): Step[] {
  const report = (after: World, outcome: Outcome) => {
    const locked = lockAfter(outcome);
    if (locked !== undefined) return withStatus(after, world, { status: locked, brain });
    const next = statusAfter(outcome);
    return next === undefined || next === status
      ? after
      : withMigrationStatus(after, world, { uid, status: next, brain });
  };
  return passes(`LiveMigration (${kind})`, world, {
    order: order && named(order, world, brain),
    brain,
    report,
  });
}

function named(order: Order, world: World, { shell }: Brain): Order {
  return order.kind === 'Migrate' ? { ...order, name: shell.migrationName(order.uid, world) } : order;
}

/** The status is written where the LiveMigration is still as it was read. */
function withMigrationStatus(
  after: World,
  before: World,
  {
    uid,
    status,
    brain,
  }: { readonly uid: string; readonly status: LiveMigrationStatus; readonly brain: Brain },
): World {
  const overtaken = lagging(before).includes('liveMigrations');
  if (overtaken && brain.shell.testsVersion) return after;
  const liveMigrations = after.liveMigrations.map((stored) =>
    stored.uid === uid ? { ...stored, status } : stored,
  );
  return { ...after, liveMigrations };
}
