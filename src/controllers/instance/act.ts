import type { InstanceDecision } from '../../domain/instance/decide.ts';
import type { InstanceObservation } from '../../domain/instance/observation.ts';
import { NOTHING_DONE, type Outcome } from '../../domain/outcome.ts';
import type { Driver } from '../../drivers/driver.ts';

/** Carries out a decision: at most one order to the driver. */
export function act(
  { instance }: InstanceObservation,
  { action, target }: InstanceDecision,
  driver: Driver,
): Promise<Outcome> {
  const key = instance.metadata;
  switch (action.kind) {
    case 'None':
      return Promise.resolve(NOTHING_DONE);
    case 'Define':
      return driver.define({
        key,
        instanceUid: instance.metadata.uid,
        vm: target.vm,
        power: target.power,
        deletionPolicy: instance.spec.deletionPolicy,
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
  }
}
