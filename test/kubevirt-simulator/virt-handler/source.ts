import type { Step } from '../engine/delayed-steps.ts';
import { isDeleted, isFinal } from '../objects/instance.ts';
import { timestamp } from '../objects/time.ts';
import { updateInstance } from './context.ts';
import type { Draft, HandlerContext } from './context.ts';

/** How long a transfer that is going to fail runs on once the target has seen it, and how long its abortion takes. */
const failAfterMs = 480;
const abortMs = 300;

/** What the virt-handler of the node that an instance leaves does: start the transfer, abort it, or report its failure. */
export function sourceStep(context: HandlerContext): Step | undefined {
  const { instance, node, state } = context;
  const mine = state.sourceNode === node && instance.status?.nodeName === node;
  if (!mine || state.completed === true || isFinal(instance) || isDeleted(instance)) {
    return undefined;
  }
  return state.startTimestamp === undefined ? start(context) : stopTransfer(context);
}

function start(context: HandlerContext): Step | undefined {
  if (context.state.targetNodeAddress === undefined) {
    return undefined;
  }
  return {
    id: `start ${context.state.migrationUid ?? ''}`,
    delayMs: context.failures.delays.stepMs,
    plan: () =>
      updateInstance(
        context,
        ({ status }) => {
          status.migrationState.startTimestamp = timestamp(new Date());
          status.migrationState.mode = 'PreCopy';
        },
        { type: 'Normal', reason: 'Migrating', message: 'VirtualMachineInstance is migrating.' },
      ),
  };
}

function stopTransfer(context: HandlerContext): Step | undefined {
  const { state, failures } = context;
  // There is nothing to stop before the target has the guest's memory coming in, or once the guest runs there.
  if (state.targetNodeDomainDetected !== true || state.targetNodeDomainReadyTimestamp !== undefined) {
    return undefined;
  }
  if (state.abortRequested === true && failures.abortFails !== true) {
    return fail(context, {
      id: 'abort',
      delayMs: abortMs,
      reason: 'Live migration has been aborted',
      aborted: true,
    });
  }
  if (failures.migrationFails !== undefined) {
    return fail(context, {
      id: 'fail',
      delayMs: failAfterMs,
      reason: failures.migrationFails,
      aborted: false,
    });
  }
  return undefined;
}

function fail(
  context: HandlerContext,
  how: { id: string; delayMs: number; reason: string; aborted: boolean },
): Step {
  const uid = context.state.migrationUid ?? '';
  return {
    id: `${how.id} ${uid}`,
    delayMs: how.delayMs,
    plan: () =>
      updateInstance(
        context,
        (draft) => {
          markFailed(draft, how);
        },
        {
          type: 'Warning',
          reason: 'Migrated',
          message: `VirtualMachineInstance migration uid ${uid} failed. reason:${how.reason}`,
        },
      ),
  };
}

function markFailed({ status }: Draft, how: { reason: string; aborted: boolean }): void {
  Object.assign(status.migrationState, {
    completed: true,
    failed: true,
    endTimestamp: timestamp(new Date()),
    failureReason: how.reason,
    ...(how.aborted && { abortStatus: 'Succeeded' }),
  });
}
