import type { LiveMigration } from '../../api/live-migration.ts';
import { isMadeByDrain } from '../../domain/evacuation/attempts.ts';
import { requiredDestinationLabels } from '../../domain/gate.ts';
import { statusAfterMigration, statusWithMigration } from '../../domain/instance/lock.ts';
import type { InstanceObservation } from '../../domain/instance/observation.ts';
import { stateOf } from '../../domain/instance/state.ts';
import type { MigrationDecision } from '../../domain/live-migration/decide.ts';
import { presumesInstance } from '../../domain/live-migration/ending.ts';
import type { MigrationObservation } from '../../domain/live-migration/observation.ts';
import { NOTHING_DONE, type Outcome } from '../../domain/outcome.ts';
import type { MigrationOrder } from '../../drivers/driver.ts';
import type { ControllerDeps } from '../deps.ts';
import { driverFor, vmKeyOf } from '../world.ts';

/** Somebody wrote the Instance since we read it: its event brings us back. */
const OVERTAKEN = 'Overtaken';

/** Carries out a decision: at most one order to the driver, or one write to the Instance. */
export async function act(
  observation: MigrationObservation,
  decision: MigrationDecision,
  deps: ControllerDeps,
): Promise<Outcome | typeof OVERTAKEN> {
  const { instance, migration } = observation;
  if (decision.kind === 'Abort') return abort(migration, deps);
  if (instance === undefined) return NOTHING_DONE;
  switch (decision.kind) {
    case 'TakeLock':
      return takeLock(instance, observation, deps);
    case 'Start':
      return start(instance, observation, deps);
    case 'ForceComplete':
      return forceComplete(instance, observation, deps);
    case 'Withdraw':
      return withdraw(instance, { migration, decision }, deps);
    case 'Release':
      return giveBack(instance, deps);
    case 'End':
      return presumesInstance(decision.ending) ? confirm(instance, deps) : NOTHING_DONE;
    case 'Follow':
    case 'Queue':
    case 'Settled':
      return NOTHING_DONE;
  }
}

/** Also for an Instance that is gone. */
function abort(migration: LiveMigration, { world }: ControllerDeps): Promise<Outcome> {
  return driverFor(world, migration).abortMigration(vmKeyOf(migration), migration.metadata.uid);
}

/** Asked only where a migration has failed: it is told so once and for all. */
async function confirm(
  { instance }: InstanceObservation,
  { instanceStatus }: ControllerDeps,
): Promise<Outcome | typeof OVERTAKEN> {
  return (await instanceStatus.isStored(instance)) ? NOTHING_DONE : OVERTAKEN;
}

/** A refusal is the last word only where no earlier order was taken whose answer was lost. */
async function start(
  instance: InstanceObservation,
  observation: MigrationObservation,
  deps: ControllerDeps,
): Promise<Outcome | typeof OVERTAKEN> {
  const { migration } = observation;
  // The lock may be given back by now, if another process has taken it.
  if (!(await deps.instanceStatus.isNewest(instance.instance))) return OVERTAKEN;
  const driver = driverFor(deps.world, migration);
  const outcome = await driver.migrate(orderFor(instance, observation, deps));
  if (outcome.kind !== 'Rejected') return outcome;
  const { kind } = await abort(migration, deps);
  return kind === 'NotFound' ? outcome : { kind: 'Busy', message: outcome.message };
}

/** The order that began it, which now says more. */
function forceComplete(
  instance: InstanceObservation,
  observation: MigrationObservation,
  deps: ControllerDeps,
): Promise<Outcome> {
  const order = { ...orderFor(instance, observation, deps), completion: 'Forced' } as const;
  return driverFor(deps.world, observation.migration).migrate(order);
}

async function withdraw(
  instance: InstanceObservation,
  {
    migration,
    decision,
  }: {
    readonly migration: LiveMigration;
    readonly decision: Extract<MigrationDecision, { kind: 'Withdraw' }>;
  },
  deps: ControllerDeps,
): Promise<Outcome | typeof OVERTAKEN> {
  // Who has said how it ended may have given the lock back, and what is seen of it at the driver is old.
  if (!(await deps.instanceStatus.isNewest(instance.instance))) return OVERTAKEN;
  const outcome = await abort(migration, deps);
  return outcome.kind === 'NotFound' && decision.then.kind === 'Release' ? giveBack(instance, deps) : outcome;
}

async function takeLock(
  instance: InstanceObservation,
  observation: MigrationObservation,
  deps: ControllerDeps,
): Promise<Outcome | typeof OVERTAKEN> {
  const { uid, name } = observation.migration.metadata;
  const claim = { uid, name, destination: destinationOf(observation) };
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

/** What kube-scheduler has found, else what the user has named. */
function destinationOf({ migration, destination }: MigrationObservation): string | undefined {
  return destination?.kind === 'Named' ? destination.node : migration.spec.destination?.nodeName;
}

/** One that a drain has made has a turn that others wait for. */
function orderFor(
  observation: InstanceObservation,
  seen: MigrationObservation,
  { drain }: ControllerDeps,
): MigrationOrder {
  const { metadata, spec } = seen.migration;
  const { instance } = observation;
  return {
    key: instance.metadata,
    migrationUid: metadata.uid,
    migrationName: metadata.name,
    destinationNode: destinationOf(seen),
    destinationLabels: {
      ...spec.destination?.nodeSelector,
      ...requiredDestinationLabels(stateOf(observation, instance.status?.operation)),
    },
    policy: spec.policy,
    ...(isMadeByDrain(seen.migration) && { longestSearch: drain.longestSearch / 1_000 }),
  };
}

function instant(deps: ControllerDeps): string {
  return new Date(deps.world.now()).toISOString();
}
