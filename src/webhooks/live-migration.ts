import type { LiveMigration } from '../api/live-migration.ts';
import { VERSIONS } from '../api/names.ts';
import { observeMigration } from '../controllers/observe.ts';
import {
  instanceKeyOf,
  instanceOf,
  unfinishedMigrations,
  vmKeyOf,
  type World,
} from '../controllers/world.ts';
import { admitMigrationChange } from '../domain/live-migration/admission.ts';
import type { MigrationObservation } from '../domain/live-migration/observation.ts';
import { preflight } from '../domain/live-migration/preflight.ts';
import { ADMITTED } from '../domain/verdict.ts';
import type { AdmissionRequest, Answer, Judge } from './review.ts';
import type { InstanceNamed } from './second-look.ts';
import { readLiveMigration, specBefore } from './submitted.ts';

/** Judges LiveMigrations: whether one may begin, and whether the driver can do what a running one is asked for. */
export function judgeLiveMigration(world: World): Judge {
  return (request) => {
    if (request.operation !== 'CREATE' && request.operation !== 'UPDATE') return ADMITTED;
    const submission = readLiveMigration(request.object, request.oldObject);
    if (submission.kind !== 'Read') return submission;
    return request.operation === 'CREATE'
      ? judgeNew(world, request, submission.object)
      : judgeChange(world, request, submission.object);
  };
}

/** The one that a LiveMigration names. */
export const instanceToMigrate: InstanceNamed = ({ object }) => {
  const submission = readLiveMigration(object);
  return submission.kind === 'Read' ? vmKeyOf(submission.object) : undefined;
};

function judgeNew(world: World, request: AdmissionRequest, migration: LiveMigration): Answer {
  const asked = (request.requestResource ?? request.resource).version;
  const version = VERSIONS.find((known) => known === asked);
  const observation = observeMigration(world, migration);
  return preflight({ ...observation, other: anyOther(world, migration) ?? observation.other }, version);
}

/** Not only the one that holds the lock: a queued one is refused company, too, before it has begun. */
function anyOther(world: World, migration: LiveMigration): MigrationObservation['other'] {
  const [other] = unfinishedMigrations(world, instanceKeyOf(migration)).filter(
    ({ metadata }) => metadata.uid !== migration.metadata.uid,
  );
  return other && { name: other.metadata.name, phase: other.status?.phase ?? 'Queued' };
}

function judgeChange(world: World, request: AdmissionRequest, migration: LiveMigration): Answer {
  const before = specBefore(readLiveMigration(request.oldObject));
  const instance = instanceOf(world, migration);
  // Without its Instance nobody knows the driver; the controller asks again before it starts.
  if (before === undefined || instance === undefined) return ADMITTED;
  const { metadata, spec } = migration;
  const { namespace, name } = metadata;
  return admitMigrationChange({ namespace, name, driver: world.driverOf(instance), before, after: spec });
}
