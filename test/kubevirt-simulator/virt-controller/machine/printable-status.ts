import { hasCondition } from '../../objects/conditions.ts';
import { isDeleted, isFinal, isMigrating, isUnprocessed, phaseOf } from '../../objects/instance.ts';
import type { VirtualMachine, VirtualMachineInstance } from '../../objects/kinds.ts';
import { runStrategyOf } from './run-strategy.ts';

export interface PrintableInput {
  /** With the status as it is going to be written. */
  readonly machine: VirtualMachine;
  readonly instance: VirtualMachineInstance | undefined;
  /** An instance has been created in this pass and not been seen yet. */
  readonly startExpected: boolean;
  /** The instance has been deleted in this pass. */
  readonly stopExpected: boolean;
  readonly now: Date;
}

/** First match wins; the order is KubeVirt's. */
const statuses: readonly (readonly [string, (input: PrintableInput) => boolean])[] = [
  ['Terminating', ({ machine }) => isDeleted(machine)],
  ['Stopping', isStopping],
  ['Migrating', ({ instance, now }) => instance !== undefined && isMigrating(instance, now)],
  ['Paused', ({ instance }) => isRunning(instance) && isPaused(instance)],
  ['Running', ({ instance }) => isRunning(instance) && !isPaused(instance)],
  ['ErrorPvcNotFound', ({ instance }) => isUnsynchronized(instance, 'FailedPvcNotFound')],
  [
    'ErrorUnschedulable',
    ({ instance }) =>
      hasCondition(instance?.status, 'PodScheduled', { status: 'False', reason: 'Unschedulable' }),
  ],
  ['ErrImagePull', ({ instance }) => isUnsynchronized(instance, 'ErrImagePull')],
  ['ImagePullBackOff', ({ instance }) => isUnsynchronized(instance, 'ImagePullBackOff')],
  ['Starting', isStarting],
  ['CrashLoopBackOff', isCrashLooping],
  ['Stopped', ({ instance, startExpected }) => (instance === undefined ? !startExpected : isFinal(instance))],
];

export function printableStatus(input: PrintableInput): string {
  return statuses.find(([, applies]) => applies(input))?.[0] ?? 'Unknown';
}

function isRunning(instance: VirtualMachineInstance | undefined): boolean {
  return instance !== undefined && phaseOf(instance) === 'Running';
}

function isPaused(instance: VirtualMachineInstance | undefined): boolean {
  return hasCondition(instance?.status, 'Paused', { status: 'True' });
}

function isUnsynchronized(instance: VirtualMachineInstance | undefined, reason: string): boolean {
  return hasCondition(instance?.status, 'Synchronized', { status: 'False', reason });
}

function isStopping({ instance, stopExpected }: PrintableInput): boolean {
  return instance !== undefined && !isFinal(instance) && (isDeleted(instance) || stopExpected);
}

function isStarting({ instance, startExpected }: PrintableInput): boolean {
  if (instance === undefined) {
    return startExpected;
  }
  return isUnprocessed(instance) || ['Scheduling', 'Scheduled'].includes(phaseOf(instance));
}

function isCrashLooping({ machine, instance, startExpected }: PrintableInput): boolean {
  const live = (instance !== undefined && !isFinal(instance)) || startExpected;
  const failures = machine.status?.startFailure?.consecutiveFailCount ?? 0;
  return !live && failures > 0 && ['Always', 'RerunOnFailure', 'Once'].includes(runStrategyOf(machine));
}
