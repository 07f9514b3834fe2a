import type { Explained } from '../conditions.ts';
import type { InstanceDecision } from './decide.ts';
import { sameBoot, type InstanceObservation } from './observation.ts';
import type { HeldBackReason } from './reasons.ts';

interface Subject {
  readonly observation: InstanceObservation;
  readonly decision: InstanceDecision;
}

/** Another boot, or a stop, that was asked for while the VM is migrated. */
export function heldBack({ observation, decision }: Subject): Explained<HeldBackReason> | undefined {
  const running = observation.vm?.running;
  const { lock, target } = decision;
  if (lock?.type !== 'Migrate' || running === undefined) return undefined;
  if (target.power === 'On' && sameBoot(running.boot, target.vm.boot)) return undefined;
  const message =
    'A live migration is under way: what spec.rescue and spec.powerState ask for is carried out when it is over. ' +
    'Abort the migration to have it sooner.';
  return { reason: 'MigrationInProgress', message };
}
