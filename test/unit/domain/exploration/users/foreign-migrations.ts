import { chance, type Step } from '../world/step.ts';
import { unusedUid } from './live-migrations.ts';
import { movingIn, type BackendMigration, type World } from '../world/world.ts';

/** Somebody moves the VM past our API, as `virtctl migrate` does, and may end that again. */
export function foreignMigrationSteps(world: World): Step[] {
  const { foreign, guest } = world;
  if (movingIn(world) === undefined) {
    if (guest?.phase !== 'Running') return [];
    return [chance('somebody migrates the VM', { ...world, foreign: madeBySomebody(world, guest.node) })];
  }
  if (foreign === undefined || foreign.aborting || movingIn(world) !== foreign) return [];
  return [chance('somebody ends their migration', { ...world, foreign: { ...foreign, aborting: true } })];
}

function madeBySomebody(world: World, source: BackendMigration['source']): BackendMigration {
  const uid = unusedUid(world);
  return {
    uid,
    name: 'somebodys',
    labelled: false,
    phase: 'Queued',
    aborting: false,
    source,
    destination: undefined,
    guest: 'Alive',
  };
}
