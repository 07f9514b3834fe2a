import type { MigrationDecision } from './decide.ts';
import type { Ending } from './ending.ts';
import type { AdmittedWait, MigrationStatement, QueueReason, UnfinishedPhase } from './reasons.ts';

/** What the conditions are computed from. */
export type MigrationView =
  | { readonly phase: Ending['phase']; readonly ending: Ending }
  | {
      readonly phase: UnfinishedPhase;
      readonly ending: undefined;
      readonly decision: MigrationDecision;
      /** What the driver or the queue says of the present phase. */
      readonly remark: string | undefined;
    };

/** All conditions of a LiveMigration, each time, `Ready` last. */
export function migrationStatements(view: MigrationView): MigrationStatement[] {
  return [admitted, reconciling, stalled, completed, ready].map((say) => say(view));
}

function admitted(view: MigrationView): MigrationStatement {
  if (view.ending?.refusal !== undefined) {
    const { reason, message } = view.ending.refusal;
    return { type: 'Admitted', status: 'False', reason, message };
  }
  if (view.ending === undefined && view.decision.kind === 'Queue') {
    const { reason, message } = view.decision;
    if (!mayStart(reason)) return { type: 'Admitted', status: 'Unknown', reason, message };
  }
  return { type: 'Admitted', status: 'True', reason: 'Admitted', message: 'The migration may start.' };
}

function mayStart(reason: QueueReason): reason is AdmittedWait {
  return reason === 'InstanceBusy' || reason === 'WaitingForPlacement';
}

function reconciling(view: MigrationView): MigrationStatement {
  if (view.ending !== undefined) {
    return { type: 'Reconciling', status: 'False', reason: 'Finished', message: 'The migration is over.' };
  }
  const { decision, phase, remark } = view;
  const reason = decision.kind === 'Queue' ? decision.reason : phase;
  return { type: 'Reconciling', status: 'True', reason, message: remark ?? `The migration is ${phase}.` };
}

function stalled({ ending }: MigrationView): MigrationStatement {
  return ending?.phase === 'Failed'
    ? { type: 'Stalled', status: 'True', reason: ending.reason, message: ending.message }
    : { type: 'Stalled', status: 'False', reason: 'NotStalled', message: 'The migration has not failed.' };
}

function completed(view: MigrationView): MigrationStatement {
  if (view.ending === undefined) {
    return { type: 'Completed', status: 'False', reason: view.phase, message: 'The migration is not over.' };
  }
  const { reason, message } = view.ending;
  return { type: 'Completed', status: view.phase === 'Succeeded' ? 'True' : 'False', reason, message };
}

function ready(view: MigrationView): MigrationStatement {
  if (view.ending === undefined) {
    return {
      type: 'Ready',
      status: 'False',
      reason: view.phase,
      message: view.remark ?? `The migration is ${view.phase}.`,
    };
  }
  const { reason, message } = view.ending;
  return { type: 'Ready', status: view.phase === 'Failed' ? 'False' : 'True', reason, message };
}
