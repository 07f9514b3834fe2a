import type { Operation } from '../../../../src/api/instance.ts';
import type { InstanceDecision } from '../../../../src/domain/instance/decide.ts';
import type { InstanceObservation } from '../../../../src/domain/instance/observation.ts';
import type { AwaitReason, StallReason } from '../../../../src/domain/instance/reasons.ts';
import { anObservedMigration, MIGRATION_UID } from '../../../builders/observation.ts';
import { type Situation } from './situation.ts';

export const DEFINE: InstanceDecision['action'] = { kind: 'Define' };
export const RESTART: InstanceDecision['action'] = { kind: 'Restart', bootId: 'boot-1' };
const NONE: InstanceDecision['action'] = { kind: 'None' };

export interface Row extends Situation {
  readonly name: string;
  readonly want: {
    readonly action: InstanceDecision['action'];
    readonly lock: Operation['type'] | undefined;
    /** The reason; default: it is not stalled. */
    readonly stalled?: StallReason;
    /** The reason; default: it awaits nothing. */
    readonly awaited?: AwaitReason;
  };
}

/** Takes the lock, or keeps it, and orders nothing. */
export const holds = (lock: Operation['type']) => ({ action: NONE, lock });
export const does = (action: InstanceDecision['action'], lock: Operation['type']) => ({ action, lock });
export const IDLE = { action: NONE, lock: undefined };

export function hold(
  fields: Partial<NonNullable<InstanceObservation['migration']>>,
): InstanceObservation['migration'] {
  return { uid: MIGRATION_UID, exists: true, observed: anObservedMigration(), ...fields };
}
