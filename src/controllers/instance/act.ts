import type { Instance } from '../../api/instance.ts';
import { finalizersAfter } from '../../domain/instance/departure.ts';
import type { InstanceDecision } from '../../domain/instance/decide.ts';
import type { InstanceObservation } from '../../domain/instance/observation.ts';
import { ACCEPTED, NOTHING_DONE, type Outcome } from '../../domain/outcome.ts';
import type { MetadataWriter } from '../../kube/metadata-writer.ts';
import type { Driver } from '../../drivers/driver.ts';

interface Means {
  readonly driver: Driver;
  readonly finalizers: MetadataWriter<Instance>;
}

/** Carries out a decision: at most one order to the driver, or one write to the Instance. */
export async function act(
  { instance }: InstanceObservation,
  { action, target }: InstanceDecision,
  { driver, finalizers }: Means,
): Promise<Outcome> {
  const key = instance.metadata;
  switch (action.kind) {
    case 'None':
      return NOTHING_DONE;
    case 'Define':
      return driver.define({
        key,
        instanceUid: instance.metadata.uid,
        vm: target.vm,
        power: target.power,
        deletionPolicy: instance.spec.deletionPolicy,
        ...(instance.status?.placement && { node: instance.status.placement.node }),
      });
    case 'Restart':
      return driver.restart(key, action.bootId);
    case 'Claim':
      return driver.claim({
        key,
        vmUid: action.vmUid,
        instanceUid: instance.metadata.uid,
        deletionPolicy: instance.spec.deletionPolicy,
      });
    case 'AbortMigration':
      return driver.abortMigration(key, action.migrationUid);
    case 'Remove':
      return driver.remove(key);
    case 'Hold':
    case 'Lift':
      await finalizers.writeFinalizers(instance, finalizersAfter(instance, action));
      return ACCEPTED;
  }
}
