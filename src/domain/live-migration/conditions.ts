import type { MigrationPhase } from '../../api/live-migration.ts';
import type { Statement } from '../conditions.ts';
import type { MigrationDecision } from './decide.ts';

/** What the conditions are computed from. */
export interface MigrationView {
  readonly decision: MigrationDecision;
  readonly phase: MigrationPhase;
  /** What the driver or the queue says of the present phase. */
  readonly remark: string | undefined;
}

/** All conditions of a LiveMigration, each time, `Ready` last. */
export function migrationStatements(view: MigrationView): Statement[] {
  return [admitted, reconciling, stalled, completed, ready].map((say) => say(view));
}

function endingIn({ decision }: MigrationView) {
  return decision.kind === 'End' ? decision.ending : undefined;
}

/** A refusal is the only end of a migration that never had a start. */
function admitted(view: MigrationView): Statement {
  const { decision } = view;
  const ending = endingIn(view);
  if (ending?.phase === 'Failed' && REFUSALS.has(ending.reason)) {
    return { type: 'Admitted', status: 'False', reason: ending.reason, message: ending.message };
  }
  if (decision.kind === 'Queue' && decision.reason !== 'InstanceBusy') {
    return { type: 'Admitted', status: 'Unknown', reason: decision.reason, message: decision.message };
  }
  return { type: 'Admitted', status: 'True', reason: 'Admitted', message: 'The migration may start.' };
}

const REFUSALS: ReadonlySet<string> = new Set([
  'SourceNotCapable',
  'DestinationNotCapable',
  'NodesNotCapable',
  'NoCapableDestination',
  'RescuedNotSupported',
  'InstanceState',
  'MigrationInProgress',
  'DestinationUnknown',
  'DestinationUnavailable',
  'DestinationIsSource',
  'FieldUnsupported',
  'NotMigratable',
]);

function reconciling(view: MigrationView): Statement {
  if (endingIn(view) !== undefined) {
    return { type: 'Reconciling', status: 'False', reason: 'Finished', message: 'The migration is over.' };
  }
  const { decision, phase, remark } = view;
  const reason = decision.kind === 'Queue' ? decision.reason : phase;
  return { type: 'Reconciling', status: 'True', reason, message: remark ?? `The migration is ${phase}.` };
}

function stalled(view: MigrationView): Statement {
  const ending = endingIn(view);
  return ending?.phase === 'Failed'
    ? { type: 'Stalled', status: 'True', reason: ending.reason, message: ending.message }
    : { type: 'Stalled', status: 'False', reason: 'NotStalled', message: 'The migration has not failed.' };
}

function completed(view: MigrationView): Statement {
  const ending = endingIn(view);
  if (ending === undefined) {
    return { type: 'Completed', status: 'False', reason: view.phase, message: 'The migration is not over.' };
  }
  const { reason, message } = ending;
  return { type: 'Completed', status: ending.phase === 'Succeeded' ? 'True' : 'False', reason, message };
}

function ready(view: MigrationView): Statement {
  const ending = endingIn(view);
  if (ending === undefined) {
    return {
      type: 'Ready',
      status: 'False',
      reason: view.phase,
      message: view.remark ?? `The migration is ${view.phase}.`,
    };
  }
  const { reason, message } = ending;
  return { type: 'Ready', status: ending.phase === 'Failed' ? 'False' : 'True', reason, message };
}
