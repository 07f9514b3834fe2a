import type { Instance, Operation } from '../../api/instance.ts';
import { PATIENCE_WITH_BOOTS } from '../backoff.ts';
import type { Outcome } from '../outcome.ts';
import { sentence } from '../sentence.ts';
import { ownVm, sameBoot, type InstanceObservation, type Target } from './observation.ts';
import { bootTakesLong, explainTrouble } from './obstacle-texts.ts';
import type { HealingReason, RefusalOfDriver } from './reasons.ts';

/** What keeps an Instance from becoming what its spec says. The message names it, says why, and ends with what to do. */
export type Obstacle =
  | { readonly waitsForUser: false; readonly reason: HealingReason; readonly message: string }
  /** Nothing will help but a change by the user. */
  | { readonly waitsForUser: true; readonly reason: RefusalOfDriver; readonly message: string };

type ObstacleReason = Obstacle['reason'];

const REASONS: Readonly<Record<ObstacleReason, true>> = {
  ClaimNotFound: true,
  DataVolumeNotFound: true,
  DataVolumeFailed: true,
  ImagePullFailed: true,
  Unschedulable: true,
  BootFailed: true,
  GuestPanicked: true,
  BackendFailed: true,
  BootTakesLong: true,
  DriverRefused: true,
  DriverUnavailable: true,
};

export function isObstacleReason(reason: string | undefined): reason is ObstacleReason {
  return reason !== undefined && Object.hasOwn(REASONS, reason);
}

/** What an obstacle is seen from. */
interface Situation {
  readonly observation: InstanceObservation;
  readonly target: Target;
  /** The lock as it is after this pass. */
  readonly lock: Operation | undefined;
  readonly outcome: Outcome;
  /** RFC 3339. */
  readonly now: string;
}

/** What stands in the way now: what the driver has just answered, else what the backend says of the boot that is wanted. */
export function obstacleOf(situation: Situation): Obstacle | undefined {
  return refusal(situation) ?? troubleOfBoot(situation) ?? slowness(situation);
}

function refusal({ observation: { instance, driver }, outcome }: Situation): Obstacle | undefined {
  switch (outcome.kind) {
    case 'Rejected':
    case 'Unsupported': {
      const message =
        `Driver ${driver} refuses ${nameOf(instance)}: ${sentence(outcome.message)} ` +
        'Correct what it names; it is asked again at once when the spec changes, and otherwise ever more rarely.';
      return { reason: 'DriverRefused', message, waitsForUser: true };
    }
    case 'Unavailable':
    case 'NotFound': {
      const message =
        `Driver ${driver} can't work on ${nameOf(instance)}: ${sentence(outcome.message)} ` +
        'It is asked again; if it stays so, look after the backend.';
      return { reason: 'DriverUnavailable', message, waitsForUser: false };
    }
    case 'Busy':
    case 'None':
    case 'Accepted':
      return undefined;
  }
}

/** The trouble of a boot that is being left is not worth a word. */
function troubleOfBoot({ observation, target }: Situation): Obstacle | undefined {
  const vm = ownVm(observation);
  if (vm?.trouble === undefined || !sameBoot(vm.stored.boot, target.vm.boot)) return undefined;
  if (vm.running !== undefined && !sameBoot(vm.running.boot, target.vm.boot)) return undefined;
  const { instance, driver } = observation;
  const message = explainTrouble({ instance: nameOf(instance), driver, trouble: vm.trouble, target });
  return { reason: vm.trouble.reason, message, waitsForUser: false };
}

/** A Secret that is not there keeps a VM from booting, and no object of the backend says so. */
function slowness({ observation, target, lock, now }: Situation): Obstacle | undefined {
  if (lock === undefined || lock.type === 'Migrate' || target.power === 'Off') return undefined;
  const phase = ownVm(observation)?.running?.phase;
  if (phase !== 'Starting' || Date.parse(now) - Date.parse(lock.startedAt) < PATIENCE_WITH_BOOTS)
    return undefined;
  const message = bootTakesLong(nameOf(observation.instance), target);
  return { reason: 'BootTakesLong', message, waitsForUser: false };
}

function nameOf({ metadata }: Instance): string {
  return `Instance ${metadata.namespace}/${metadata.name}`;
}
