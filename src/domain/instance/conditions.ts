import type { InstanceState } from '../../api/instance.ts';
import { SOURCE_LABEL } from '../../api/names.ts';
import type { Statement } from '../conditions.ts';
import { isFailure, type Outcome } from '../outcome.ts';
import { isOperating, type InstanceDecision } from './decide.ts';
import { lossStatement, nodeLossOf } from './node-loss.ts';
import type { InstanceObservation } from './observation.ts';

/** What the conditions are computed from. */
export interface InstanceView {
  readonly observation: InstanceObservation;
  readonly decision: InstanceDecision;
  readonly outcome: Outcome;
  readonly state: InstanceState;
}

/** All conditions of an Instance, each time, `Ready` last: a reader that waits for it finds the others up to date. */
export function instanceStatements(view: InstanceView): Statement[] {
  return [reconciling, stalled, rescued, migrating, liveMigratable, restartPending, ready].map((say) =>
    say(view),
  );
}

const STEADY: ReadonlySet<InstanceState> = new Set(['Running', 'Rescued', 'Stopped', 'Paused']);

function reconciling(view: InstanceView): Statement {
  // The way out lies with others, and needs no change of this object: who waits for it does well to go on waiting.
  const loss = nodeLossOf(view.observation);
  if (loss !== undefined) return { type: 'Reconciling', status: 'True', ...lossStatement(loss) };
  const { decision, state } = view;
  if (!isOperating(decision)) {
    return { type: 'Reconciling', status: 'False', reason: 'Settled', message: 'Nothing is being changed.' };
  }
  return {
    type: 'Reconciling',
    status: 'True',
    reason: state,
    message: obstacle(view) ?? `The Instance is ${state}.`,
  };
}

/** What keeps an operation from going on, in the words of whoever said it. */
function obstacle({ observation, outcome }: InstanceView): string | undefined {
  return isFailure(outcome) ? outcome.message : observation.vm?.trouble?.message;
}

function stalled({ decision }: InstanceView): Statement {
  return decision.stalled === undefined
    ? { type: 'Stalled', status: 'False', reason: 'NotStalled', message: 'Nothing waits for the user.' }
    : { type: 'Stalled', status: 'True', ...decision.stalled };
}

function rescued({ observation, decision, state }: InstanceView): Statement {
  if (isOperating(decision) && (state === 'Rescuing' || state === 'Unrescuing')) {
    return { type: 'Rescued', status: 'Unknown', reason: state, message: `The Instance is ${state}.` };
  }
  const boot = observation.vm?.running;
  if (boot?.boot.mode === 'Rescue' && boot.phase !== 'Starting') {
    return {
      type: 'Rescued',
      status: 'True',
      reason: 'RescueBooted',
      message: 'The VM is booted from the rescue system.',
    };
  }
  return {
    type: 'Rescued',
    status: 'False',
    reason: 'NotRescued',
    message: 'The VM is not booted from a rescue system.',
  };
}

function migrating({ decision }: InstanceView): Statement {
  return decision.lock?.type === 'Migrate'
    ? {
        type: 'Migrating',
        status: 'True',
        reason: 'LiveMigration',
        message: 'A live migration is under way.',
      }
    : {
        type: 'Migrating',
        status: 'False',
        reason: 'NotMigrating',
        message: 'No live migration is under way.',
      };
}

function liveMigratable(view: InstanceView): Statement {
  const loss = nodeLossOf(view.observation);
  return loss === undefined
    ? migratableWhereItIs(view)
    : { type: 'LiveMigratable', status: 'False', ...lossStatement(loss) };
}

function migratableWhereItIs({ observation, decision, state }: InstanceView): Statement {
  if (isOperating(decision)) {
    return { type: 'LiveMigratable', status: 'False', reason: state, message: `The Instance is ${state}.` };
  }
  // The VM changes its node before the migration is over: which of the two would be meant?
  if (decision.lock?.type === 'Migrate') {
    return {
      type: 'LiveMigratable',
      status: 'False',
      reason: 'Migrating',
      message: 'A live migration is under way.',
    };
  }
  const { vm, node } = observation;
  const running = vm?.running;
  if (running === undefined) {
    return { type: 'LiveMigratable', status: 'False', reason: 'NotRunning', message: 'The VM does not run.' };
  }
  if (running.notMigratable !== undefined)
    return { type: 'LiveMigratable', status: 'False', ...running.notMigratable };
  if (state === 'Rescued' && node !== undefined && node.labels[SOURCE_LABEL] !== 'true') {
    const message = `Source node "${node.name}" can't send rescued instances: it lacks the label ${SOURCE_LABEL}=true.`;
    return { type: 'LiveMigratable', status: 'False', reason: 'SourceNotCapable', message };
  }
  return {
    type: 'LiveMigratable',
    status: 'True',
    reason: 'Migratable',
    message: 'The VM can be live-migrated.',
  };
}

function restartPending({ observation, decision }: InstanceView): Statement {
  const running = observation.vm?.running;
  const wanted = decision.target.vm.boot.specHash;
  if (running === undefined || isOperating(decision) || running.boot.specHash === wanted) {
    return {
      type: 'RestartPending',
      status: 'False',
      reason: 'UpToDate',
      message: 'The VM runs as its spec says.',
    };
  }
  const message = 'The spec was changed; it takes effect at the next start, rescue or unrescue.';
  return { type: 'RestartPending', status: 'True', reason: 'SpecChanged', message };
}

function ready(view: InstanceView): Statement {
  const { state, decision } = view;
  if (decision.stalled !== undefined) return { type: 'Ready', status: 'False', ...decision.stalled };
  const loss = nodeLossOf(view.observation);
  if (loss !== undefined) return { type: 'Ready', status: 'False', ...lossStatement(loss) };
  if (STEADY.has(state)) {
    return { type: 'Ready', status: 'True', reason: state, message: `The Instance is ${state}.` };
  }
  const trouble = view.observation.vm?.trouble;
  const message = obstacle(view) ?? `The Instance is ${state}.`;
  return { type: 'Ready', status: 'False', reason: trouble?.reason ?? state, message };
}
