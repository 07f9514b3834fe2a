import type { LiveMigration } from '../../api/live-migration.ts';
import type { ApiVersion } from '../../api/names.ts';
import { gate } from '../gate.ts';
import { stateOf } from '../instance/state.ts';
import { admittedWith, type Verdict } from '../verdict.ts';
import { isObserved, type MigrationObservation } from './observation.ts';

/**
 * What the gate says of a LiveMigration as things stand. An Instance that is missing or not yet observed is no reason
 * to refuse: the order in which manifests are applied must not matter.
 *
 * @param version that the LiveMigration was made through; only admission knows it
 */
export function preflight(observation: MigrationObservation, version?: ApiVersion): Verdict {
  const { migration, instance, nodes, other, unsupportedFields, migratesRescued } = observation;
  const { namespace } = migration.metadata;
  const { instanceName } = migration.spec;
  if (!isObserved(instance)) {
    return admittedWith(
      `Instance ${namespace}/${instanceName} is not there yet; the LiveMigration waits for it.`,
    );
  }
  const running = instance.vm?.running;
  return gate({
    subject: { namespace, instanceName, driver: instance.driver },
    version,
    spec: withDestination(observation),
    instance: {
      state: stateOf(instance, instance.instance.status?.operation),
      node: running?.node,
      placement: instance.instance.spec.placement?.nodeSelector ?? {},
      notMigratable: running?.notMigratable,
    },
    nodes,
    unfinished: other,
    unsupportedFields,
    migratesRescued,
  });
}

/** What kube-scheduler has found is judged like what the user has named: it may have changed since. */
function withDestination({ migration: { spec }, destination }: MigrationObservation): LiveMigration['spec'] {
  return destination?.kind === 'Named' ? { ...spec, destination: { nodeName: destination.node } } : spec;
}
