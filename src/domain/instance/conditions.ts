import type { InstanceState } from '../../api/instance.ts';
import { SOURCE_LABEL } from '../../api/names.ts';
import type { Statement } from '../conditions.ts';
import type { Trouble } from '../observed.ts';
import { isFailure, type Outcome } from '../outcome.ts';
import { isOperating, type InstanceDecision } from './decide.ts';
import type { InstanceObservation } from './observation.ts';
import type { InstanceReasons, InstanceStatement } from './reasons.ts';
import { operatingState } from './state.ts';
import { restartPending } from './restart-pending.ts';

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

/** What the backend says of a condition, with its own reason. */
function inItsWords(type: keyof InstanceReasons, { reason, message }: Trouble): Statement {
  return { type, status: 'False', reason, message };
}

function reconciling(view: InstanceView): InstanceStatement {
  const reason = operatingState(view.decision.lock);
  if (reason === undefined) {
    const { awaited } = view.decision;
    if (awaited !== undefined) return { type: 'Reconciling', status: 'True', ...awaited };
    return { type: 'Reconciling', status: 'False', reason: 'Settled', message: 'Nothing is being changed.' };
  }
  return {
    type: 'Reconciling',
    status: 'True',
    reason,
    message: obstacle(view) ?? `The Instance is ${reason}.`,
  };
}

/** What keeps an operation from going on, in the words of whoever said it. */
function obstacle({ observation, outcome }: InstanceView): string | undefined {
  return isFailure(outcome) ? outcome.message : observation.vm?.trouble?.message;
}

function stalled({ decision }: InstanceView): InstanceStatement {
  return decision.stalled === undefined
    ? { type: 'Stalled', status: 'False', reason: 'NotStalled', message: 'Nothing waits for the user.' }
    : { type: 'Stalled', status: 'True', ...decision.stalled };
}

function rescued({ observation, decision }: InstanceView): InstanceStatement {
  const reason = operatingState(decision.lock);
  if (reason === 'Rescuing' || reason === 'Unrescuing') {
    return { type: 'Rescued', status: 'Unknown', reason, message: `The Instance is ${reason}.` };
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

function migrating({ decision }: InstanceView): InstanceStatement {
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

function liveMigratable({ observation, decision, state }: InstanceView): Statement {
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

function ready(view: InstanceView): Statement {
  const own = readyInOurWords(view);
  const { trouble } = view.observation.vm ?? {};
  const isOurs = own.status === 'True' || view.decision.stalled !== undefined || trouble === undefined;
  return isOurs ? own : inItsWords('Ready', { reason: trouble.reason, message: own.message });
}

function readyInOurWords(view: InstanceView): InstanceStatement {
  const { state, decision } = view;
  if (decision.stalled !== undefined) return { type: 'Ready', status: 'False', ...decision.stalled };
  if (STEADY.has(state)) {
    return { type: 'Ready', status: 'True', reason: state, message: `The Instance is ${state}.` };
  }
  const message = decision.awaited?.message ?? obstacle(view) ?? `The Instance is ${state}.`;
  return { type: 'Ready', status: 'False', reason: state, message };
}
