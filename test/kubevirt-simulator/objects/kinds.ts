import type { Resource } from '../../../src/kube/resource.ts';
import type { Affinity, Node, Pod, Toleration } from './cluster-kinds.ts';
import type { Condition, Stored } from './stored.ts';

export interface Disk {
  name: string;
  bootOrder?: number;
  disk?: { bus?: string; readonly?: boolean };
  cdrom?: { bus?: string; readonly?: boolean; tray?: string };
  lun?: { bus?: string; readonly?: boolean };
  serial?: string;
  cache?: string;
}

/** What cloud-init reads on its seed. */
interface CloudInitSeed {
  userData?: string;
  userDataBase64?: string;
  secretRef?: { name?: string };
  networkData?: string;
  networkDataBase64?: string;
  networkDataSecretRef?: { name?: string };
}

export interface Volume {
  name: string;
  containerDisk?: { image: string; imagePullPolicy?: string };
  persistentVolumeClaim?: { claimName: string; hotpluggable?: boolean };
  dataVolume?: { name: string; hotpluggable?: boolean };
  hostDisk?: { shared?: boolean };
  cloudInitNoCloud?: CloudInitSeed;
  cloudInitConfigDrive?: CloudInitSeed;
  ephemeral?: object;
}

export interface InstanceSpec {
  architecture?: string;
  domain: {
    cpu?: {
      cores?: number;
      sockets?: number;
      threads?: number;
      maxSockets?: number;
      model?: string;
      [field: string]: unknown;
    };
    memory?: { guest?: string; maxGuest?: string; [field: string]: unknown };
    machine?: { type?: string };
    firmware?: { uuid?: string; serial?: string; [field: string]: unknown };
    features?: { acpi?: { enabled?: boolean }; [field: string]: unknown };
    devices: {
      disks?: Disk[];
      interfaces?: { name: string; bootOrder?: number; [field: string]: unknown }[];
      [field: string]: unknown;
    };
    resources?: {
      requests?: Record<string, string>;
      limits?: Record<string, string>;
      [field: string]: unknown;
    };
    [field: string]: unknown;
  };
  volumes?: Volume[];
  networks?: { name: string; [field: string]: unknown }[];
  nodeSelector?: Record<string, string> | undefined;
  affinity?: Affinity | undefined;
  tolerations?: Toleration[] | undefined;
  evictionStrategy?: string;
  terminationGracePeriodSeconds?: number;
  [field: string]: unknown;
}

export interface StateChangeRequest {
  action: string;
  uid?: string;
  data?: Record<string, string>;
}

export interface VirtualMachineStatus {
  created?: boolean | undefined;
  ready?: boolean | undefined;
  printableStatus?: string;
  runStrategy?: string;
  observedGeneration?: number;
  desiredGeneration?: number;
  conditions?: Condition[];
  stateChangeRequests?: StateChangeRequest[] | undefined;
  startFailure?:
    { consecutiveFailCount: number; lastFailedVMIUID: string; retryAfterTimestamp: string } | undefined;
  volumeSnapshotStatuses?: { enabled: boolean; name: string; reason?: string }[];
}

interface InstanceTemplate {
  metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> };
  spec: InstanceSpec;
}

export interface VirtualMachineSpec {
  runStrategy?: string;
  running?: boolean;
  template: InstanceTemplate;
  [field: string]: unknown;
}

export interface VirtualMachine extends Stored {
  spec: VirtualMachineSpec;
  status?: VirtualMachineStatus;
}

export interface MigrationState {
  migrationUid?: string;
  sourceNode?: string;
  sourcePod?: string;
  targetNode?: string;
  targetPod?: string;
  targetNodeAddress?: string;
  targetDirectMigrationNodePorts?: Record<string, number>;
  targetNodeDomainDetected?: boolean;
  targetNodeDomainReadyTimestamp?: string;
  startTimestamp?: string;
  endTimestamp?: string;
  mode?: string;
  completed?: boolean;
  failed?: boolean;
  failureReason?: string;
  abortRequested?: boolean;
  abortStatus?: string;
  migrationPolicyName?: string;
  migrationConfiguration?: object;
  targetMemoryOverhead?: string;
  sourceState?: object;
  targetState?: object;
}

interface PhaseTransition {
  phase: string;
  phaseTransitionTimestamp: string;
}

export interface VolumeStatus {
  name: string;
  target: string;
  persistentVolumeClaimInfo?: {
    accessModes?: string[] | undefined;
    capacity?: Record<string, string> | undefined;
    claimName: string;
    filesystemOverhead: string;
    requests?: Record<string, string> | undefined;
    volumeMode?: string | undefined;
  };
}

export interface InstanceStatus {
  phase?: string;
  phaseTransitionTimestamps?: PhaseTransition[];
  conditions?: Condition[];
  nodeName?: string;
  activePods?: Record<string, string> | undefined;
  migrationState?: MigrationState;
  migrationMethod?: string;
  migrationTransport?: string;
  evacuationNodeName?: string | undefined;
  launcherContainerImageVersion?: string | undefined;
  selinuxContext?: string;
  machine?: { type: string };
  qosClass?: string | undefined;
  runtimeUser?: number;
  virtualMachineRevisionName?: string;
  volumeStatus?: VolumeStatus[];
  interfaces?: { name: string; podInterfaceName: string }[];
  memory?: { memoryOverhead?: string; [field: string]: unknown };
  currentCPUTopology?: object;
  guestOSInfo?: object;
}

export interface VirtualMachineInstance extends Stored {
  spec: InstanceSpec;
  status?: InstanceStatus;
}

export interface Migration extends Stored {
  spec: {
    vmiName?: string;
    addedNodeSelector?: Record<string, string>;
    priority?: string;
    sendTo?: { migrationID?: string; connectURL?: string };
    receive?: object;
  };
  status?: {
    phase?: string;
    phaseTransitionTimestamps?: PhaseTransition[];
    conditions?: Condition[];
    migrationState?: MigrationState;
  };
}

export interface MigrationPolicy extends Stored {
  spec?: {
    selectors?: {
      namespaceSelector?: Record<string, string>;
      virtualMachineInstanceSelector?: Record<string, string>;
    };
    [option: string]: unknown;
  };
}

/** Whether it is there is all that is asked of it. */
type Secret = Stored;

interface Claim extends Stored {
  spec?: { accessModes?: string[]; volumeMode?: string; resources?: { requests?: Record<string, string> } };
  status?: { phase?: string; accessModes?: string[]; capacity?: Record<string, string> };
}

export interface Revision extends Stored {
  revision: number;
  data?: { spec: VirtualMachineSpec };
}

/** The installation; what its configuration says about migrations is honoured. */
interface Installation extends Stored {
  spec?: { configuration?: { migrations?: Partial<MigrationConfiguration> } };
}

export interface MigrationConfiguration {
  parallelMigrationsPerCluster: number;
  parallelOutboundMigrationsPerNode: number;
  [option: string]: unknown;
}

interface Namespace extends Stored {
  status?: object;
}

/** Kind → type, for the views and the writes. */
export interface Kinds {
  VirtualMachine: VirtualMachine;
  VirtualMachineInstance: VirtualMachineInstance;
  VirtualMachineInstanceMigration: Migration;
  MigrationPolicy: MigrationPolicy;
  KubeVirt: Installation;
  Pod: Pod;
  Node: Node;
  Namespace: Namespace;
  PersistentVolumeClaim: Claim;
  Secret: Secret;
  ControllerRevision: Revision;
}

export type Kind = keyof Kinds;

function kubevirt(kind: string, plural: string): Resource {
  return { group: 'kubevirt.io', version: 'v1', plural, kind, namespaced: true };
}

function core(kind: string, plural: string, namespaced = true): Resource {
  return { group: '', version: 'v1', plural, kind, namespaced };
}

/** How each kind is addressed on the API server. */
export const resources: Readonly<Record<Kind, Resource>> = {
  VirtualMachine: kubevirt('VirtualMachine', 'virtualmachines'),
  VirtualMachineInstance: kubevirt('VirtualMachineInstance', 'virtualmachineinstances'),
  VirtualMachineInstanceMigration: kubevirt(
    'VirtualMachineInstanceMigration',
    'virtualmachineinstancemigrations',
  ),
  MigrationPolicy: {
    group: 'migrations.kubevirt.io',
    version: 'v1alpha1',
    plural: 'migrationpolicies',
    kind: 'MigrationPolicy',
    namespaced: false,
  },
  KubeVirt: kubevirt('KubeVirt', 'kubevirts'),
  Pod: core('Pod', 'pods'),
  Node: core('Node', 'nodes', false),
  Namespace: core('Namespace', 'namespaces', false),
  PersistentVolumeClaim: core('PersistentVolumeClaim', 'persistentvolumeclaims'),
  Secret: core('Secret', 'secrets'),
  ControllerRevision: {
    group: 'apps',
    version: 'v1',
    plural: 'controllerrevisions',
    kind: 'ControllerRevision',
    namespaced: true,
  },
};
