import type { DriverName } from '../api/instance.ts';

/** Drivers that an operator can be started with; an Instance may name others. */
export const OPERATOR_DRIVERS = ['kubevirt', 'libvirt', 'memory'] as const satisfies readonly DriverName[];

/** The settings: each has its flag, and the environment variable that stands in for it. */
export const SETTINGS = {
  kubeconfig: {
    flag: 'kubeconfig',
    variable: 'KUBECONFIG',
    help: 'Kubeconfig file. Default: the pod’s service account.',
  },
  driver: {
    flag: 'driver',
    variable: 'MEDEVAC_DRIVER',
    help: `Driver of Instances that name none: ${OPERATOR_DRIVERS.join(', ')}.`,
  },
  namespace: { flag: 'namespace', variable: 'POD_NAMESPACE', help: 'Namespace of the operator itself.' },
  namespaces: {
    flag: 'namespaces',
    variable: 'MEDEVAC_NAMESPACES',
    help: 'Namespaces that it works in, with commas between: others are neither read nor changed. Default: all.',
  },
  identity: {
    flag: 'identity',
    variable: 'POD_NAME',
    help: 'Name of this replica in the Lease. Default: the host name.',
  },
  leaderElect: {
    flag: 'leader-elect',
    variable: 'MEDEVAC_LEADER_ELECT',
    help: 'true: only one replica acts.',
  },
  webhookPort: {
    flag: 'webhook-port',
    variable: 'MEDEVAC_WEBHOOK_PORT',
    help: 'Port of the webhooks; 0 takes a free one.',
  },
  webhookService: {
    flag: 'webhook-service',
    variable: 'MEDEVAC_WEBHOOK_SERVICE',
    help: 'Service in front of the webhooks.',
  },
  webhookHosts: {
    flag: 'webhook-hosts',
    variable: 'MEDEVAC_WEBHOOK_HOSTS',
    help: 'Further names in its certificate.',
  },
  webhookCertificates: {
    flag: 'webhook-certificate-folder',
    variable: 'MEDEVAC_WEBHOOK_CERTIFICATE_FOLDER',
    help: 'Folder with tls.crt and tls.key of the webhooks. Default: the operator makes them.',
  },
  unrescueDuringMigration: {
    flag: 'unrescue-during-migration',
    variable: 'MEDEVAC_UNRESCUE_DURING_MIGRATION',
    help: 'Refuse or Defer: what becomes of a rescue, unrescue, start or stop that is asked for while a migration is unfinished.',
  },
  bindAddress: {
    flag: 'bind-address',
    variable: 'MEDEVAC_BIND_ADDRESS',
    help: 'Address that webhooks and health listen on. Default: all.',
  },
  healthPort: {
    flag: 'health-port',
    variable: 'MEDEVAC_HEALTH_PORT',
    help: 'Port of /healthz, /readyz and /metrics.',
  },
  workers: {
    flag: 'workers',
    variable: 'MEDEVAC_WORKERS',
    help: 'Objects of a kind that are reconciled at a time.',
  },
  minimumSource: {
    flag: 'minimum-source-version',
    variable: 'MEDEVAC_MINIMUM_SOURCE_VERSION',
    help: 'Oldest hypervisor that may send rescued VMs. Default: what the driver needs.',
  },
  minimumDestination: {
    flag: 'minimum-destination-version',
    variable: 'MEDEVAC_MINIMUM_DESTINATION_VERSION',
    help: 'Oldest hypervisor that may receive rescued VMs. Default: what the driver needs.',
  },
  kubeVirtNamespace: {
    flag: 'kubevirt-namespace',
    variable: 'MEDEVAC_KUBEVIRT_NAMESPACE',
    help: 'Namespace of KubeVirt’s own pods.',
  },
  drainPerSource: {
    flag: 'drain-limit-per-source',
    variable: 'MEDEVAC_DRAIN_LIMIT_PER_SOURCE',
    help: 'Migrations off a node that may be under way when a drain begins another.',
  },
  drainPerCluster: {
    flag: 'drain-limit-per-cluster',
    variable: 'MEDEVAC_DRAIN_LIMIT_PER_CLUSTER',
    help: 'The same in the whole cluster.',
  },
  drainPerDestination: {
    flag: 'drain-limit-per-destination',
    variable: 'MEDEVAC_DRAIN_LIMIT_PER_DESTINATION',
    help: 'The same to a node that the operator names; on KubeVirt and with anchors kube-scheduler chooses it.',
  },
  drainKept: {
    flag: 'drain-kept-migrations',
    variable: 'MEDEVAC_DRAIN_KEPT_MIGRATIONS',
    help: 'Finished LiveMigrations of drains that are kept for each Instance.',
  },
  drainSearchSeconds: {
    flag: 'drain-search-seconds',
    variable: 'MEDEVAC_DRAIN_SEARCH_SECONDS',
    help: 'How long kube-scheduler may look for a node, for one VM of a drain, before others have its turn.',
  },
  libvirtConfig: {
    flag: 'libvirt-config',
    variable: 'MEDEVAC_LIBVIRT_CONFIG',
    help: 'JSON file with hosts, pools and the rest that driver libvirt needs (docs/libvirt.md).',
  },
  memoryPlacement: {
    flag: 'memory-placement',
    variable: 'MEDEVAC_MEMORY_PLACEMENT',
    help: 'ByBackend or ByScheduler: who finds the nodes of VMs of driver memory.',
  },
  anchorImage: {
    flag: 'anchor-image',
    variable: 'MEDEVAC_ANCHOR_IMAGE',
    help: 'Image of the Pods that stand for VMs at kube-scheduler.',
  },
  anchorPriorityClass: {
    flag: 'anchor-priority-class',
    variable: 'MEDEVAC_ANCHOR_PRIORITY_CLASS',
    help: 'Their PriorityClass. Default: the cluster’s.',
  },
  logLevel: {
    flag: 'log-level',
    variable: 'MEDEVAC_LOG_LEVEL',
    help: 'fatal, error, warn, info, debug or trace.',
  },
} as const;

export type SettingName = keyof typeof SETTINGS;
