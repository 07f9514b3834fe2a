import { ACCEPTED, type Failure, type Outcome } from '../../domain/outcome.ts';
import { driverErrors } from '../driver-errors.ts';
import type { VirshResult } from './virsh.ts';

type Kind = Failure['kind'];

/**
 * What libvirt's messages mean. virsh has no codes of its own: the beginning of a message is the text that libvirt has
 * for the code (virErrorMsg), which has not changed in years. The first that matches counts; what is not known was
 * understood and refused.
 */
const MEANINGS: readonly (readonly [pattern: RegExp, kind: Kind])[] = [
  [/Domain not found|no domain with matching|failed to get domain/i, 'NotFound'],
  [/cannot acquire state change lock|Timed out during operation/i, 'Busy'],
  [/another migration job is already running|domain is being migrated|domain .*already.*migrat/i, 'Busy'],
  [/cannot (?:undefine|rename|save).*(?:migrat|transient)/i, 'Busy'],
  [
    /failed to connect to the hypervisor|unable to connect to server|Cannot recv data|Cannot write data/i,
    'Unavailable',
  ],
  [
    /End of file while reading data|client socket is closed|connection.*(?:reset|refused|closed)/i,
    'Unavailable',
  ],
  [
    /keepalive|Disconnected from|Failed to connect socket|Connection timed out|No route to host/i,
    'Unavailable',
  ],
  [/is not installed where the operator runs|Temporary failure in name resolution/i, 'Unavailable'],
  [/Operation not supported|this function is not supported|unsupported configuration/i, 'Unsupported'],
];

/** What a failure of virsh means. `what`: the order, for the message. */
export function failureOf(result: Exclude<VirshResult, { kind: 'Done' }>, what: string): Failure {
  if (result.kind === 'TimedOut') return driverErrors.unavailable(`${what}: libvirt did not answer in time.`);
  const kind = MEANINGS.find(([pattern]) => pattern.test(result.message))?.[1] ?? 'Rejected';
  return { kind, message: `${what}: libvirt says: ${result.message}` };
}

/** Whether a call to abort a transfer was refused because the guest runs at the destination already. */
export function isTooLateToAbort(result: VirshResult): boolean {
  return result.kind === 'Failed' && /cannot abort migration in post-?copy/i.test(result.message);
}

/** The outcome of an order that virsh has carried out, or not. */
export function outcomeOf(result: VirshResult, what: string): Outcome {
  return result.kind === 'Done' ? ACCEPTED : failureOf(result, what);
}
