import type { Instance } from '../api/instance.ts';
import type { MigrationPhase } from '../api/live-migration.ts';
import { foreignMigration, observeInstance } from '../controllers/observe.ts';
import { unfinishedMigrations, type World } from '../controllers/world.ts';
import { secondsSince } from '../domain/duration.ts';
import {
  admitInstance,
  type InstanceRequest,
  type UnrescueDuringMigration,
} from '../domain/instance/admission.ts';
import type { InstanceObservation, MigrationHold } from '../domain/instance/observation.ts';
import { isFinal } from '../domain/live-migration/decide.ts';
import { elapsedSeconds } from '../domain/live-migration/times.ts';
import { ADMITTED } from '../domain/verdict.ts';
import { formatKey, keyOf } from '../kube/resource.ts';
import type { Judge } from './review.ts';
import type { InstanceNamed } from './second-look.ts';
import { readInstance, specBefore } from './submitted.ts';

export interface InstanceJudgeOptions {
  readonly world: World;
  readonly unrescueDuringMigration: UnrescueDuringMigration;
}

/** Judges Instances: what the driver can't honour, and what would reboot a VM under its migration. */
export function judgeInstance({ world, unrescueDuringMigration }: InstanceJudgeOptions): Judge {
  return ({ operation, object, oldObject }) => {
    if (operation !== 'CREATE' && operation !== 'UPDATE') return ADMITTED;
    const submission = readInstance(object, oldObject);
    if (submission.kind !== 'Read') return submission;
    const instance = submission.object;
    const { namespace, name } = instance.metadata;
    return admitInstance({
      namespace,
      name,
      driver: world.driverOf(instance),
      before: operation === 'CREATE' ? undefined : specBefore(readInstance(oldObject)),
      after: instance.spec,
      unfinished: unfinishedMigration(world, instance),
      unrescueDuringMigration,
      rescue: world.instances.get(formatKey(keyOf(instance)))?.status?.rescue,
    });
  };
}

/** The one that is changed: one that is being created is refused for nothing that goes on. */
export const instanceItself: InstanceNamed = ({ namespace, name }) => ({ namespace, name });

/** The oldest migration of an Instance that is not over. */
function unfinishedMigration(world: World, instance: Instance): InstanceRequest['unfinished'] {
  const key = formatKey(keyOf(instance));
  const [migration] = unfinishedMigrations(world, key);
  if (migration === undefined) return migrationWithoutObject(world, key);
  const { metadata, status } = migration;
  return {
    name: metadata.name,
    phase: status?.phase ?? 'Queued',
    elapsedSeconds: elapsedSeconds(migration, world.now()),
  };
}

/** One that somebody else made, or whose LiveMigration was deleted and that the driver has not aborted yet. */
function migrationWithoutObject(world: World, key: string): InstanceRequest['unfinished'] {
  const instance = world.instances.get(key);
  if (instance === undefined) return undefined;
  const observation = observeInstance(world, instance);
  const foreign = foreignMigration(observation);
  if (foreign === undefined) return abandonedMigration(observation, world.now());
  const { kind, name, phase, createdAt } = foreign;
  return { kind, name, phase, elapsedSeconds: secondsSince(createdAt, world.now()) };
}

function abandonedMigration(
  { instance, migration: hold }: InstanceObservation,
  now: number,
): InstanceRequest['unfinished'] {
  if (instance.status?.operation === undefined) return undefined;
  const { operation, migration } = instance.status;
  const phase = abandonedPhase(hold);
  if (phase === undefined) return undefined;
  return {
    name: migration?.name ?? operation.uid,
    phase,
    elapsedSeconds: secondsSince(operation.startedAt, now),
  };
}

/** `undefined`: none, or it has a LiveMigration that speaks for it, or it is over. */
function abandonedPhase(hold: MigrationHold | undefined): MigrationPhase | undefined {
  if (hold === undefined || hold.exists) return undefined;
  const phase = hold.observed?.phase ?? 'Preparing';
  return isFinal(phase) ? undefined : phase;
}
