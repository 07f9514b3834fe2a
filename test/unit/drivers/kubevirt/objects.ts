import {
  INSTANCE_UID_LABEL,
  MIGRATION_UID_LABEL,
  MODE_ANNOTATION,
  SESSION_ANNOTATION,
  SPEC_HASH_ANNOTATION,
} from '../../../../src/api/names.ts';
import {
  Migration,
  parseVirtualMachine,
  parseVirtualMachineInstance,
  type VirtualMachine,
  type VirtualMachineInstance,
} from '../../../../src/drivers/kubevirt/resources.ts';

/** Objects as virt-controller and virt-handler write them, read as the driver reads them. */

export const VM_UID = 'aaaaaaaa-0000-4000-8000-000000000001';
export const BOOT_ID = 'bbbbbbbb-0000-4000-8000-000000000001';
const MIGRATION_UID = 'cccccccc-0000-4000-8000-000000000001';
/** uid of the VirtualMachineInstanceMigration, not of the LiveMigration. */
const OBJECT_UID = 'dddddddd-0000-4000-8000-000000000001';

const metadata = { name: 'vm-a', namespace: 'vms', creationTimestamp: '2026-11-23T01:33:41Z', generation: 1 };

const RESCUE_ANNOTATIONS = {
  [MODE_ANNOTATION]: 'Rescue',
  [SESSION_ANNOTATION]: 'session-1',
  [SPEC_HASH_ANNOTATION]: 'hash-1',
  'kubevirt.io/pci-topology-version': 'v3',
};

/** What a READY condition of KubeVirt looks like in the middle of its flapping. */
const FLAPPING_READY = { type: 'Ready', status: 'False', reason: 'ReadinessGatesNotReady' };

export function aVirtualMachine(
  fields: { metadata?: object; spec?: object; template?: object; status?: object } = {},
): VirtualMachine {
  return parseVirtualMachine({
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachine',
    metadata: {
      ...metadata,
      uid: VM_UID,
      resourceVersion: '100',
      labels: { [INSTANCE_UID_LABEL]: 'instance-1', app: 'web' },
      ...fields.metadata,
    },
    spec: {
      runStrategy: 'Always',
      template: {
        metadata: { creationTimestamp: null, annotations: RESCUE_ANNOTATIONS },
        spec: {
          architecture: 'amd64',
          domain: {
            devices: {
              disks: [{ name: 'root', disk: { bus: 'virtio' } }],
              interfaces: [{ name: 'default', masquerade: {}, macAddress: '02:00:00:00:00:01' }],
            },
            firmware: { uuid: 'uuid-1', serial: 'serial-1' },
            machine: { type: 'q35' },
          },
        },
        ...fields.template,
      },
      ...fields.spec,
    },
    status: { printableStatus: 'Running', created: true, conditions: [FLAPPING_READY], ...fields.status },
  });
}

/** How an instance says whose it is. */
export const OWNER = {
  apiVersion: 'kubevirt.io/v1',
  kind: 'VirtualMachine',
  name: 'vm-a',
  uid: VM_UID,
  controller: true,
  blockOwnerDeletion: true,
};

export function anInstanceObject(
  fields: { metadata?: object; spec?: object; status?: object } = {},
): VirtualMachineInstance {
  return parseVirtualMachineInstance({
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachineInstance',
    metadata: {
      ...metadata,
      uid: BOOT_ID,
      resourceVersion: '200',
      annotations: { ...RESCUE_ANNOTATIONS, 'kubevirt.io/vm-generation': '1' },
      ownerReferences: [OWNER],
      ...fields.metadata,
    },
    spec: { ...fields.spec },
    status: {
      phase: 'Running',
      phaseTransitionTimestamps: ['Pending', 'Scheduling', 'Scheduled', 'Running'].map((phase) => ({
        phase,
        phaseTransitionTimestamp: '2026-11-23T01:33:41Z',
      })),
      nodeName: 'node-1',
      conditions: [FLAPPING_READY, { type: 'LiveMigratable', status: 'True', lastProbeTime: null }],
      ...fields.status,
    },
  });
}

export function aMigrationObject(fields: { metadata?: object; status?: object } = {}): Migration {
  return Migration.parse({
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachineInstanceMigration',
    metadata: {
      ...metadata,
      name: `medevac-${MIGRATION_UID}`,
      uid: OBJECT_UID,
      resourceVersion: '300',
      labels: { [MIGRATION_UID_LABEL]: MIGRATION_UID, 'kubevirt.io/vmi-name': 'vm-a' },
      finalizers: ['kubevirt.io/migrationJobFinalize'],
      ...fields.metadata,
    },
    spec: { vmiName: 'vm-a' },
    status: { migrationState: { sourcePod: 'virt-launcher-vm-a-x' }, ...fields.status },
  });
}

/** migrationState as the handlers have it in the middle of the transfer. */
export const TRANSFERRING = {
  migrationUid: OBJECT_UID,
  sourceNode: 'node-1',
  sourcePod: 'virt-launcher-vm-a-x',
  targetNode: 'node-2',
  targetPod: 'virt-launcher-vm-a-y',
  startTimestamp: '2026-11-23T01:34:02Z',
  mode: 'PreCopy',
};
