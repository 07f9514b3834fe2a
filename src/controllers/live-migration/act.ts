import type { LiveMigration } from '../../api/live-migration.ts';
import { requiredDestinationLabels } from '../../domain/gate.ts';
import { statusAfterMigration, statusWithMigration } from '../../domain/instance/lock.ts';
import type { InstanceObservation } from '../../domain/instance/observation.ts';
import { stateOf } from '../../domain/instance/state.ts';
import type { MigrationDecision } from '../../domain/live-migration/decide.ts';
import type { MigrationObservation } from '../../domain/live-migration/observation.ts';
import { NOTHING_DONE, type Outcome } from '../../domain/outcome.ts';
import type { MigrationOrder } from '../../drivers/driver.ts';
import type { ControllerDeps } from '../deps.ts';

/** Somebody wrote the Instance since we read it: its event brings us back. */
const OVERTAKEN = 'Overtaken';

/** Carries out a decision: at most one order to the driver, or one write to the Instance. */
export async function act(
  observation: MigrationObservation,
  decision: MigrationDecision,
  deps: ControllerDeps,
): Promise<Outcome | typeof OVERTAKEN> {
  const { instance, migration } = observation;
  if (instance === undefined) return NOTHING_DONE;
  const driver = deps.world.driverOf(instance.instance);
  const key = instance.instance.metadata;
  switch (decision.kind) {
    case 'TakeLock':
      return takeLock(instance, migration, deps);
    case 'Start':
      return driver.migrate(orderFor(instance, migration));
    case 'Abort':
      return driver.abortMigration(key, migration.metadata.uid);
    case 'Release':
      return giveBack(instance, deps);
    case 'End':
    case 'Follow':
    case 'Queue':
    case 'Settled':
      return NOTHING_DONE;
  }
}

async function takeLock(
  instance: InstanceObservation,
  { metadata, spec }: LiveMigration,
  deps: ControllerDeps,
): Promise<Outcome | typeof OVERTAKEN> {
  const claim = { uid: metadata.uid, name: metadata.name, destination: spec.destination?.nodeName };
  const status = statusWithMigration(instance, claim, instant(deps));
  const { kind } = await deps.instanceStatus.write(instance.instance, status);
  return kind === 'conflict' || kind === 'gone' ? OVERTAKEN : NOTHING_DONE;
}

async function giveBack(
  instance: InstanceObservation,
  deps: ControllerDeps,
): Promise<Outcome | typeof OVERTAKEN> {
  const status = statusAfterMigration(instance, instant(deps));
  const { kind } = await deps.instanceStatus.write(instance.instance, status);
  if (kind === 'written') deps.events.instanceChanged(instance, status);
  return kind === 'conflict' ? OVERTAKEN : NOTHING_DONE;
}

function orderFor(observation: InstanceObservation, { metadata, spec }: LiveMigration): MigrationOrder {
  const { instance } = observation;
  return {
    key: instance.metadata,
    migrationUid: metadata.uid,
    migrationName: metadata.name,
    destinationNode: spec.destination?.nodeName,
    destinationLabels: {
      ...spec.destination?.nodeSelector,
      ...requiredDestinationLabels(stateOf(observation, instance.status?.operation)),
    },
    policy: spec.policy,
  };
}

function instant(deps: ControllerDeps): string {
  return new Date(deps.world.now()).toISOString();
}
