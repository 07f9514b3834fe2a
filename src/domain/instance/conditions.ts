import type { InstanceState } from '../../api/instance.ts';
import { SOURCE_LABEL } from '../../api/names.ts';
import type { Statement } from '../conditions.ts';
import type { Trouble } from '../observed.ts';
import type { Outcome } from '../outcome.ts';
import type { InstanceDecision } from './decide.ts';
import { anchored } from './anchored.ts';
import { evacuating } from './evacuating.ts';
import { heldBack } from './held-back.ts';
import { lossStatement, nodeLossOf } from './node-loss.ts';
import { migrationUnderWay, type InstanceObservation } from './observation.ts';
import { obstacleOf, type Obstacle } from './obstacle.ts';
import type { InstanceReasons, InstanceStatement } from './reasons.ts';
import { rescuedStatement } from './rescued.ts';
import { restartPending } from './restart-pending.ts';
import { operatingState } from './state.ts';

/** What the conditions are computed from. */
interface InstanceSight {
  readonly observation: InstanceObservation;
  readonly decision: InstanceDecision;
  readonly outcome: Outcome;
  readonly state: InstanceState;
  /** RFC 3339. */
  readonly now: string;
}

interface InstanceView extends InstanceSight {
  readonly obstacle: Obstacle | undefined;
}

/** All conditions of an Instance, each time, `Ready` last: a reader that waits for it finds the others up to date. */
export function instanceStatements(sight: InstanceSight): Statement[] {
  const { target, lock } = sight.decision;
  const view = { ...sight, obstacle: obstacleOf({ ...sight, target, lock }) };
  return [
    reconciling,
    stalled,
    rescuedStatement,
    migrating,
    liveMigratable,
    evacuating,
    restartPending,
    anchored,
    ready,
  ].flatMap((say) => say(view) ?? []);
}

type SteadyState = 'Running' | 'Rescued' | 'Stopped' | 'Paused';

const STEADY: ReadonlySet<InstanceState> = new Set<SteadyState>(['Running', 'Rescued', 'Stopped', 'Paused']);

function isSteady(state: InstanceState): state is SteadyState {
  return STEADY.has(state);
}

/** What the backend says of a condition, with its own reason. */
function inItsWords(type: keyof InstanceReasons, { reason, message }: Trouble): Statement {
  return { type, status: 'False', reason, message };
}

const SETTLED: InstanceStatement = {
  type: 'Reconciling',
  status: 'False',
  reason: 'Settled',
  message: 'Nothing is being changed.',
};

/** As kstatus means it: what may become right by itself is being reconciled, also where the backend alone is at work. */
function reconciling(view: InstanceView): InstanceStatement {
  const { decision, state, obstacle } = view;
  if (decision.stalled !== undefined || obstacle?.waitsForUser === true) return SETTLED;
  const cause = waitsFor(view);
  if (cause !== undefined) return { type: 'Reconciling', status: 'True', ...cause };
  const at = operatingState(decision.lock) ?? state;
  if (isSteady(at)) return SETTLED;
  return { type: 'Reconciling', status: 'True', reason: obstacle?.reason ?? at, message: progressOf(view) };
}

/** What goes on without a change of this object: who waits for it does well to go on waiting. */
function waitsFor(view: InstanceView) {
  return lossOf(view) ?? heldBack(view) ?? view.decision.awaited;
}

function lossOf({ observation }: InstanceView) {
  const loss = nodeLossOf(observation);
  return loss && lossStatement(loss);
}

/** How far it is: the obstacle, or what the driver has answered, or the state. */
function progressOf({ outcome, state, obstacle }: InstanceView): string {
  if (obstacle !== undefined) return obstacle.message;
  return outcome.kind === 'Busy' ? outcome.message : `The Instance is ${state}.`;
}

function stalledBy({ decision, obstacle }: InstanceView) {
  if (decision.stalled !== undefined || obstacle?.waitsForUser !== true) return decision.stalled;
  const { reason, message } = obstacle;
  return { reason, message };
}

function stalled(view: InstanceView): InstanceStatement {
  const cause = stalledBy(view);
  return cause === undefined
    ? { type: 'Stalled', status: 'False', reason: 'NotStalled', message: 'Nothing waits for the user.' }
    : { type: 'Stalled', status: 'True', ...cause };
}

function migrating({ observation, decision }: InstanceView): InstanceStatement {
  const { lock } = decision;
  if (lock?.type !== 'Migrate') {
    return {
      type: 'Migrating',
      status: 'False',
      reason: 'NotMigrating',
      message: 'No live migration is under way.',
    };
  }
  const migration = migrationUnderWay(observation);
  if (migration?.uid !== lock.uid || migration.madeFor === 'LiveMigration') {
    return {
      type: 'Migrating',
      status: 'True',
      reason: 'LiveMigration',
      message: 'A live migration is under way.',
    };
  }
  const { namespace } = observation.instance.metadata;
  const message =
    `${migration.kind} ${namespace}/${migration.name} moves the VM; it was not made by medevac. ` +
    'Delete it to abort it.';
  return { type: 'Migrating', status: 'True', reason: 'ForeignMigration', message };
}

function liveMigratable(view: InstanceView): Statement {
  const lost = lossOf(view);
  return lost === undefined ? migratableWhereItIs(view) : notMigratable(lost.reason, lost.message);
}

function migratableWhereItIs({ observation, decision, state }: InstanceView): Statement {
  const operating = operatingState(decision.lock);
  if (operating !== undefined) {
    return notMigratable(operating, `The Instance is ${operating}.`);
  }
  // The VM changes its node before the migration is over: which of the two would be meant?
  if (decision.lock?.type === 'Migrate') {
    return notMigratable('Migrating', 'A live migration is under way.');
  }
  const { vm, node } = observation;
  const running = vm?.running;
  if (running === undefined) {
    return notMigratable('NotRunning', 'The VM does not run.');
  }
  if (running.notMigratable !== undefined) return inItsWords('LiveMigratable', running.notMigratable);
  if (state === 'Rescued' && node !== undefined && node.labels[SOURCE_LABEL] !== 'true') {
    const message = `Source node "${node.name}" can't send rescued instances: it lacks the label ${SOURCE_LABEL}=true.`;
    return notMigratable('SourceNotCapable', message);
  }
  const message = 'The VM can be live-migrated.';
  return {
    type: 'LiveMigratable',
    status: 'True',
    reason: 'Migratable',
    message,
  } satisfies InstanceStatement;
}

function notMigratable(reason: InstanceReasons['LiveMigratable'], message: string): InstanceStatement {
  return { type: 'LiveMigratable', status: 'False', reason, message };
}

function ready(view: InstanceView): InstanceStatement {
  const { state, obstacle } = view;
  const cause = stalledBy(view) ?? waitsFor(view);
  if (cause !== undefined) return { type: 'Ready', status: 'False', ...cause };
  if (isSteady(state)) {
    return { type: 'Ready', status: 'True', reason: state, message: `The Instance is ${state}.` };
  }
  return { type: 'Ready', status: 'False', reason: obstacle?.reason ?? state, message: progressOf(view) };
}
