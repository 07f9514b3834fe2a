/** Labels, annotations and finalizers as KubeVirt names them. */
export const label = {
  app: 'kubevirt.io',
  createdBy: 'kubevirt.io/created-by',
  migrationJob: 'kubevirt.io/migrationJobUID',
  migrationSelector: 'kubevirt.io/vmi-name',
  migrationTargetNode: 'kubevirt.io/migrationTargetNodeName',
  nodeName: 'kubevirt.io/nodeName',
  outdatedLauncher: 'kubevirt.io/outdatedLauncherImage',
  schedulable: 'kubevirt.io/schedulable',
} as const;

export const annotation = {
  domain: 'kubevirt.io/domain',
  evacuationMigration: 'kubevirt.io/evacuationMigration',
  heartbeat: 'kubevirt.io/heartbeat',
  latestApiVersion: 'kubevirt.io/latest-observed-api-version',
  storageApiVersion: 'kubevirt.io/storage-observed-api-version',
  migrationJobName: 'kubevirt.io/migrationJobName',
  migrationTargetReady: 'kubevirt.io/migration-target-ready-timestamp',
  migrationTransportUnix: 'kubevirt.io/migrationTransportUnix',
  nonRoot: 'kubevirt.io/nonroot',
  pciTopology: 'kubevirt.io/pci-topology-version',
  unschedulableTimeout: 'kubevirt.io/migrationUnschedulablePodTimeoutSeconds',
  pendingTimeout: 'kubevirt.io/migrationPendingPodTimeoutSeconds',
  vmGeneration: 'kubevirt.io/vm-generation',
} as const;

export const finalizer = {
  virtualMachine: 'kubevirt.io/virtualMachineControllerFinalize',
  instance: 'kubevirt.io/foregroundDeleteVirtualMachine',
  migration: 'kubevirt.io/migrationJobFinalize',
} as const;

/** Condition that KubeVirt adds to a launcher pod's readiness gates. */
export const unpausedCondition = 'kubevirt.io/virtual-machine-unpaused';

/** Namespace in which KubeVirt is installed. */
export const installNamespace = 'kubevirt';

/** What stands for the image of virt-launcher; nothing is ever pulled. */
export const launcherImage = 'virt-launcher:test';

/** Memory that a launcher needs beside the guest's: what KubeVirt computes for 128 MiB, and near enough for others. */
export const memoryOverhead = '288Mi';

/** Finished migrations that are kept for each instance. */
export const finishedMigrationsKept = 5;
