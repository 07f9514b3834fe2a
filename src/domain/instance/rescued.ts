import type { OnExpiry } from '../../api/rescue.ts';
import type { InstanceDecision } from './decide.ts';
import type { InstanceObservation } from './observation.ts';
import type { InstanceStatement } from './reasons.ts';
import { operatingState } from './state.ts';

interface RescuedView {
  readonly observation: InstanceObservation;
  readonly decision: InstanceDecision;
}

/** Whether the VM is booted from its rescue system; `Unknown` on the way there and back. */
export function rescuedStatement(view: RescuedView): InstanceStatement {
  const state = operatingState(view.decision.lock);
  const expiry = expiryOf(view);
  if (state === 'Rescuing' || state === 'Unrescuing') {
    const message = `The Instance is ${state}.`;
    return expiry === undefined
      ? { type: 'Rescued', status: 'Unknown', reason: state, message }
      : { type: 'Rescued', status: 'Unknown', reason: 'LeaseExpired', message: `${expiry.when} ${message}` };
  }
  const booted = isBooted(view.observation);
  if (expiry !== undefined && booted === (expiry.action === 'Keep')) return afterExpiry(expiry);
  return booted ? RESCUED : NOT_RESCUED;
}

const RESCUED = {
  type: 'Rescued',
  status: 'True',
  reason: 'RescueBooted',
  message: 'The VM is booted from the rescue system.',
} as const;

const NOT_RESCUED = {
  type: 'Rescued',
  status: 'False',
  reason: 'NotRescued',
  message: 'The VM is not booted from a rescue system.',
} as const;

function isBooted({ vm }: InstanceObservation): boolean {
  return vm?.running?.boot.mode === 'Rescue' && vm.running.phase !== 'Starting';
}

function afterExpiry({ action, when }: Expiry): InstanceStatement {
  const status = action === 'Keep' ? 'True' : 'False';
  return { type: 'Rescued', status, reason: 'LeaseExpired', message: `${when} ${REMEDIES[action]}` };
}

interface Expiry {
  readonly action: OnExpiry;
  /** A sentence. */
  readonly when: string;
}

function expiryOf({ observation, decision }: RescuedView): Expiry | undefined {
  const { expired, expiresAt = '' } = decision.target.lease.record ?? {};
  if (expired === undefined) return undefined;
  const { namespace, name } = observation.instance.metadata;
  const when = `The lease of the rescue of Instance ${namespace}/${name} expired at ${expiresAt}.`;
  return { action: expired.action, when };
}

/** What has become of the rescue, and what the user can do. */
const REMEDIES: Readonly<Record<OnExpiry, string>> = {
  Unrescue: 'It was unrescued. Remove spec.rescue, or change it to rescue the Instance again.',
  Stop: 'It was stopped. Remove spec.rescue, so that spec.powerState applies, or change it to rescue the Instance again.',
  Keep: 'The rescue goes on, as spec.rescue.onExpiry says. Remove spec.rescue to unrescue the Instance, or set a longer spec.rescue.expiresAfter.',
};
