import type { InstanceSpec } from '../../../src/api/instance.ts';
import { admitInstance, type UnrescueDuringMigration } from '../../../src/domain/instance/admission.ts';
import { admitMigrationChange } from '../../../src/domain/live-migration/admission.ts';
import { unconfiguredDriver } from '../../../src/drivers/unconfigured.ts';
import { readInstance, readLiveMigration, type Submission } from '../../../src/webhooks/submitted.ts';
import { anInstance, aRescue } from '../../../test/builders/instance.ts';
import { aLiveMigration } from '../../../test/builders/live-migration.ts';
import { withFields } from '../../../test/builders/fields.ts';
import { aStoredMigration } from '../../../test/builders/observation.ts';
import { aRescueSpec, aSpec } from '../../../test/builders/vm.ts';
import { aDriver } from '../../../test/builders/world.ts';
import type { MessageCase } from './cases.ts';

const DRIVER = { name: 'DRIVER', capabilities: aDriver().capabilities };
const MIGRATION = { ...aStoredMigration().spec, instanceName: 'INSTANCE' };
const UNFINISHED = { name: 'MIGRATION', phase: 'PHASE', elapsedSeconds: 42 };
const WAIT =
  "`kubectl wait --for=jsonpath='{.status.completionTime}' livemigration/MIGRATION`, then apply again; or abort the migration. " +
  'Nothing is lost: the VM stays as it is.';

interface Edit {
  readonly before?: InstanceSpec;
  readonly after: InstanceSpec;
  readonly migrating?: boolean;
  readonly unrescueDuringMigration?: UnrescueDuringMigration;
}

function edit({
  before,
  after,
  migrating = false,
  unrescueDuringMigration = 'Refuse',
}: Edit): MessageCase['answer'] {
  const unfinished = migrating ? UNFINISHED : undefined;
  return admitInstance({
    namespace: 'NAMESPACE',
    name: 'INSTANCE',
    driver: DRIVER,
    before,
    after,
    unfinished,
    unrescueDuringMigration,
    rescue: undefined,
  });
}

const POOL = { volume: { pool: 'POOL', name: 'VOLUME' } };

/** What is answered to who creates or changes an Instance. */
export const INSTANCE_CASES: readonly MessageCase[] = [
  {
    when: '`spec.driver` names a driver that the operator was not started with.',
    answer: admitInstance({
      namespace: 'NAMESPACE',
      name: 'INSTANCE',
      driver: { name: 'DRIVER', capabilities: unconfiguredDriver('libvirt').capabilities },
      before: undefined,
      after: aSpec(),
      unfinished: undefined,
      unrescueDuringMigration: 'Refuse',
      rescue: undefined,
    }),
    remedy: 'Leave `spec.driver` out, or ask who runs the operator which driver it has.',
  },
  {
    when: '`spec.rescue` is set while a LiveMigration of the Instance is unfinished.',
    answer: edit({ before: aSpec(), after: aRescueSpec(), migrating: true }),
    remedy: WAIT,
  },
  {
    when: '`spec.rescue` is removed while a LiveMigration is unfinished.',
    answer: edit({ before: aRescueSpec(), after: aSpec(), migrating: true }),
    remedy: WAIT,
  },
  {
    when: 'Source, device, bus or credentials of the rescue are changed while a LiveMigration is unfinished.',
    answer: edit({ before: aRescueSpec(), after: aRescueSpec({ device: 'Disk' }), migrating: true }),
    remedy: WAIT,
  },
  {
    when: '`spec.powerState` is changed while a LiveMigration is unfinished.',
    answer: edit({ before: aSpec(), after: aSpec({ powerState: 'Stopped' }), migrating: true }),
    remedy: WAIT,
  },
  {
    when: 'A field of the Instance is none that its driver can honour.',
    answer: edit({
      after: withFields(aSpec(), { 'disks[0].source': POOL }),
    }),
    remedy: 'The disk sources of each driver are in [the API reference](api.md).',
  },
  {
    when: 'A disk, or the rescue, is a volume of a pool that the configuration does not open to the namespace.',
    answer: admitInstance({
      namespace: 'NAMESPACE',
      name: 'INSTANCE',
      driver: {
        name: 'DRIVER',
        capabilities: { ...DRIVER.capabilities, diskSources: ['volume'], pools: {} },
      },
      before: undefined,
      after: withFields(aSpec(), { 'disks[0].source': POOL }),
      unfinished: undefined,
      unrescueDuringMigration: 'Refuse',
      rescue: undefined,
    }),
    remedy: 'Which pools there are for whom, who runs the operator knows ([libvirt](libvirt.md)).',
  },
];

/** What is let in with a warning. */
export const INSTANCE_WARNINGS: readonly MessageCase[] = [
  {
    when: 'An Instance is rescued, unrescued, started or stopped while a LiveMigration is unfinished, and the operator runs with `--unrescue-during-migration=Defer`.',
    answer: edit({
      before: aRescueSpec(),
      after: aSpec(),
      migrating: true,
      unrescueDuringMigration: 'Defer',
    }),
    remedy: 'Until then `Ready` is False with reason `MigrationInProgress`.',
  },
  {
    when: 'The Instance is to be rescued from a claim.',
    answer: edit({
      after: withFields(aRescueSpec(), {
        'rescue.source': { persistentVolumeClaim: { claimName: 'CLAIM' } },
      }),
    }),
    remedy: 'The access modes of a claim: `kubectl get pvc CLAIM`.',
  },
  {
    when: 'The Instance is to be rescued from the image of its own root disk.',
    answer: edit({
      after: withFields(aRescueSpec(), { 'disks[0].source': aRescue().source }),
    }),
    remedy: 'Rescue from an image that was made for it.',
  },
  {
    when: 'A field was stored before a newer version refused its value, or while nobody checked it, and is left as it was by a change of another. So it is for a LiveMigration.',
    answer: answered(
      readInstance(
        withFields(anInstance(), { 'spec.memory': '512' }),
        withFields(anInstance({ spec: { rescue: aRescue() } }), { 'spec.memory': '512' }),
      ),
    ),
    remedy: 'Until then `Stalled` is True with reason `InvalidSpec`.',
  },
];

/** What is answered to who changes a LiveMigration. */
export const MIGRATION_CASES: readonly MessageCase[] = [
  {
    when: '`spec.forceComplete` is set, and the driver cannot force a migration to its end.',
    answer: admitMigrationChange({
      namespace: 'NAMESPACE',
      name: 'MIGRATION',
      driver: DRIVER,
      before: MIGRATION,
      after: { ...MIGRATION, forceComplete: true },
    }),
    remedy: 'The field stays as it was. On KubeVirt a migration can be aborted, not forced.',
  },
];

/** What is answered to objects that say nothing that could be judged. */
export const UNREADABLE_CASES: readonly MessageCase[] = [
  {
    when: 'The Instance is none that the schema allows, and came past the API server all the same.',
    answer: answered(readInstance(withFields(anInstance(), { 'spec.disks[0].bus': 'ide' }))),
    remedy: 'The first field that is wrong is named. The API server itself answers 422 with all of them.',
  },
  {
    when: 'The same, of a LiveMigration.',
    answer: answered(readLiveMigration(withFields(aLiveMigration(), { 'spec.abort': 'yes' }))),
    remedy: 'As above.',
  },
];

function answered(submission: Submission<unknown>): MessageCase['answer'] {
  if (submission.kind === 'Read') throw new Error('A case of an object that cannot be read could be read.');
  return submission;
}
