import type { InstanceStatus } from '../../../../src/api/instance.ts';
import type { LiveMigrationStatus } from '../../../../src/api/live-migration.ts';
import { requiredDestinationLabels } from '../../../../src/domain/gate.ts';
import type { decideInstance } from '../../../../src/domain/instance/decide.ts';
import { statusAfterMigration, statusWithMigration } from '../../../../src/domain/instance/lock.ts';
import { stateOf } from '../../../../src/domain/instance/state.ts';
import type { nextInstanceStatus } from '../../../../src/domain/instance/status.ts';
import {
  isFinal,
  type decideMigration,
  type MigrationDecision,
} from '../../../../src/domain/live-migration/decide.ts';
import type { MigrationObservation } from '../../../../src/domain/live-migration/observation.ts';
import type { nextMigrationStatus } from '../../../../src/domain/live-migration/status.ts';
import { NOTHING_DONE, type Outcome } from '../../../../src/domain/outcome.ts';
import { driverErrors } from '../../../../src/drivers/driver-errors.ts';
import { obey, type DefineOrder } from './backend.ts';
import { observeInstance, observeMigration } from './observe.ts';
import type { Order, Step } from './step.ts';
import { Numbering, THEN, timeless, type World } from './world.ts';

/** The functions under exploration: the real ones, or mutants of them. */
export interface Brain {
  readonly decideInstance: typeof decideInstance;
  readonly nextInstanceStatus: typeof nextInstanceStatus;
  readonly decideMigration: typeof decideMigration;
  readonly nextMigrationStatus: typeof nextMigrationStatus;
}

/** At once, when a preparation has lasted, and when a transfer has lasted too long. Milliseconds after `THEN`. */
const MOMENTS = [0, 10_000, 3_600_000];
const REFUSED = driverErrors.rejected('the backend refuses');
const LOST = driverErrors.unavailable('the answer was lost');

/** What the Instance controller makes of what it sees. */
interface Thought {
  readonly order: Order | undefined;
  readonly define: DefineOrder;
  readonly statusAfter: (outcome: Outcome) => InstanceStatus;
}

const numbering = new Numbering();
const thoughts = new WeakMap<Brain, Map<string, Thought>>();

/** One pass of the Instance controller: as src/controllers/instance/reconcile.ts, and its crashes. */
export function instancePasses(world: World, brain: Brain): Step[] {
  const known = thoughts.get(brain) ?? new Map<string, Thought>();
  thoughts.set(brain, known);
  const key = seenByInstance(world);
  const thought = known.get(key) ?? think(world, brain);
  known.set(key, thought);
  const report = (after: World, outcome: Outcome) => ({ ...after, status: thought.statusAfter(outcome) });
  return passes('Instance', world, { ...thought, report });
}

/** Everything that `observeInstance` looks at: many worlds are the same to the Instance controller. */
function seenByInstance({ spec, status, vm, liveMigration, migration, incapable }: World): string {
  const uid = status?.operation?.type === 'Migrate' ? status.operation.uid : undefined;
  const held = uid !== undefined && migration?.uid === uid ? migration : undefined;
  const parts = [spec, status, vm, held].map((part) => numbering.of(part)).join(',');
  return `${parts},${liveMigration?.uid === uid},${incapable ?? ''}`;
}

function think(world: World, brain: Brain): Thought {
  const observation = observeInstance(world);
  const decision = brain.decideInstance(observation, THEN);
  const { vm, power } = decision.target;
  const statuses = new Map<string, InstanceStatus>();
  return {
    order: orderOf(decision.action),
    define: { mode: vm.boot.mode, power },
    statusAfter(outcome) {
      const text = JSON.stringify(outcome);
      const status =
        statuses.get(text) ??
        timeless(brain.nextInstanceStatus(observation, decision, { outcome, now: THEN }));
      statuses.set(text, status);
      return status;
    },
  };
}

function orderOf(action: ReturnType<typeof decideInstance>['action']): Order | undefined {
  switch (action.kind) {
    case 'None':
      return undefined;
    case 'Define':
    case 'Restart':
      return { kind: action.kind };
    case 'Claim':
      throw new Error("no VM of this world is anybody else's");
    case 'AbortMigration':
      return { kind: 'Abort', uid: action.migrationUid };
  }
}

/** One pass of the LiveMigration's controller: as src/controllers/live-migration/reconcile.ts, and its crashes. */
export function migrationPasses(world: World, brain: Brain): Step[] {
  const observation = observeMigration(world);
  if (observation === undefined) return [];
  return momentsOf(world).flatMap((moment) => passAt(world, observation, brain, Date.parse(THEN) + moment));
}

/** No decision depends on the time without a migration at the backend, and no watch lags for long. */
function momentsOf({ migration, liveMigration }: World): readonly number[] {
  const known = migration?.uid === liveMigration?.uid && !isFinal(liveMigration?.status?.phase);
  return migration === undefined || !known || migration.lagging ? MOMENTS.slice(0, 1) : MOMENTS;
}

function passAt(world: World, observation: MigrationObservation, brain: Brain, now: number): Step[] {
  const decision = brain.decideMigration(observation, now);
  const report = (after: World, outcome: Outcome) => {
    const status = brain.nextMigrationStatus(observation, decision, outcome, now);
    return status === undefined ? after : withStatus(after, timeless(status));
  };
  const locked = lockWrite(observation, decision);
  if (locked !== undefined) {
    return [pass(`LiveMigration decides ${decision.kind}`, world, { ...world, status: timeless(locked) })];
  }
  const order = migrationOrderOf(observation, decision);
  return passes('LiveMigration', world, { order, define: { mode: 'Normal', power: 'On' }, report });
}

function withStatus(world: World, status: LiveMigrationStatus): World {
  const { liveMigration } = world;
  return { ...world, liveMigration: liveMigration && { ...liveMigration, status } };
}

/** The status of the Instance with the lock taken or given back; `undefined`: the decision does neither. */
function lockWrite(
  { instance, migration }: MigrationObservation,
  { kind }: MigrationDecision,
): InstanceStatus | undefined {
  if (instance === undefined) return undefined;
  if (kind === 'TakeLock') {
    const { uid, name } = migration.metadata;
    return statusWithMigration(instance, { uid, name, destination: undefined }, THEN);
  }
  return kind === 'Release' ? statusAfterMigration(instance, THEN) : undefined;
}

function migrationOrderOf(
  { migration, instance }: MigrationObservation,
  { kind }: MigrationDecision,
): Order | undefined {
  const { uid } = migration.metadata;
  if (kind === 'Abort') return { kind: 'Abort', uid };
  if (kind !== 'Start' || instance === undefined) return undefined;
  const labels = requiredDestinationLabels(stateOf(instance, instance.instance.status?.operation));
  return { kind: 'Migrate', uid, labelled: Object.keys(labels).length > 0 };
}

interface Plan {
  readonly order: Order | undefined;
  readonly define: DefineOrder;
  /** The world with the status that follows from the outcome. */
  readonly report: (after: World, outcome: Outcome) => World;
}

/** A pass that goes well; and with an order, the ways in which it may not. */
function passes(who: string, world: World, { order, define, report }: Plan): Step[] {
  if (order === undefined) return [pass(`${who} pass`, world, report(world, NOTHING_DONE))];
  const name = `${who} orders ${order.kind}`;
  const [after, outcome] = obey(world, order, define);
  return [
    { ...pass(name, world, report(after, outcome)), order },
    ...crashed(world, { ...pass(`${name}, and crashes`, world, after), order }),
    ...crashed(world, { ...pass(`${name}, and the answer is lost`, world, report(after, LOST)), order }),
    ...crashed(world, pass(`${name}, which is lost`, world, report(world, LOST))),
    ...crashed(world, pass(`${name}, which is refused`, world, report(world, REFUSED))),
  ];
}

function pass(name: string, before: World, next: World): Step {
  const writes = before.status !== next.status || before.liveMigration?.status !== next.liveMigration?.status;
  return { name, kind: 'Progress', writes, next };
}

function crashed({ faults }: World, step: Step): Step[] {
  return faults === 0 ? [] : [{ ...step, kind: 'Chance', next: { ...step.next, faults: faults - 1 } }];
}
