import { everRan, isFinal } from '../../objects/instance.ts';
import type { VirtualMachine, VirtualMachineInstance, VirtualMachineStatus } from '../../objects/kinds.ts';
import { timestamp } from '../../objects/time.ts';
import { runStrategyOf } from './run-strategy.ts';

const firstBackoffSeconds = 10;
const longestBackoffSeconds = 300;

/** 10 s times the square of the count, plus up to half of that at random, at most 300 s. */
export function startBackoffSeconds(failures: number, random: () => number = Math.random): number {
  const base = firstBackoffSeconds * Math.max(failures, 1) ** 2;
  return Math.min(base + Math.floor(random() * (Math.floor(base / 2) + 1)), longestBackoffSeconds);
}

/** Whole seconds until the next start may be tried; 0 when it may be now. */
export function secondsUntilStart(machine: VirtualMachine, now: Date): number {
  const retryAfter = machine.status?.startFailure?.retryAfterTimestamp;
  if (retryAfter === undefined) {
    return 0;
  }
  return Math.max(Math.floor(Date.parse(retryAfter) / 1000) - Math.floor(now.getTime() / 1000), 0);
}

/** An instance that ended without ever having run counts as a failure, once; one that ran clears the count. */
export function syncStartFailure(
  status: VirtualMachineStatus,
  machine: VirtualMachine,
  instance: VirtualMachineInstance | undefined,
  now: Date,
): void {
  if (everRan(instance) || !['Always', 'RerunOnFailure', 'Once'].includes(runStrategyOf(machine))) {
    status.startFailure = undefined;
  } else if (instance !== undefined && isFinal(instance)) {
    countFailure(status, instance.metadata.uid ?? '', now);
  }
}

function countFailure(status: VirtualMachineStatus, uid: string, now: Date): void {
  const before = status.startFailure;
  if (before?.lastFailedVMIUID === uid) {
    return;
  }
  const consecutiveFailCount = (before?.consecutiveFailCount ?? 0) + 1;
  const delayMs = startBackoffSeconds(consecutiveFailCount) * 1000;
  status.startFailure = {
    consecutiveFailCount,
    lastFailedVMIUID: uid,
    retryAfterTimestamp: timestamp(new Date(now.getTime() + delayMs)),
  };
}
