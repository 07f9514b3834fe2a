import {
  argument,
  container,
  field,
  flagCase,
  kinds,
  pod,
  TEXTS,
  variable,
  variableCase,
  type ValueCase,
} from './rendered.ts';

const LIBVIRT = { driver: 'libvirt' };
const DIGEST = `sha256:${'a'.repeat(64)}`;

/** Values that the operator itself is started with. */
export const OPERATOR_CASES: readonly ValueCase[] = [
  {
    path: 'image.repository',
    does: 'is where the image is',
    value: 'registry.example/medevac',
    find: container('image'),
    want: 'registry.example/medevac:0.1.0',
  },
  { path: 'image.tag', does: 'is its tag', value: 'v9', find: container('image'), want: 'medevac:v9' },
  {
    path: 'image.digest',
    does: 'takes the place of the tag',
    value: DIGEST,
    with: { image: { tag: 'v9' } },
    find: container('image'),
    want: `medevac@${DIGEST}`,
  },
  {
    path: 'image.pullPolicy',
    does: 'is its pull policy',
    value: 'Always',
    find: container('imagePullPolicy'),
    want: 'Always',
  },
  {
    path: 'imagePullSecrets',
    does: 'are those of the Pods',
    value: [{ name: 'registry' }],
    find: pod('imagePullSecrets'),
    want: [{ name: 'registry' }],
  },
  {
    path: 'replicas',
    does: 'is how many there are; a single one has no budget that would hold a drain up',
    value: 1,
    find: (objects) => [field('Deployment', 'spec/replicas')(objects), kinds('PodDisruptionBudget')(objects)],
    want: [1, []],
  },
  {
    path: 'namespaces',
    does: 'are those that it works in, with rights in these alone; in others no webhook asks it',
    value: ['default', 'kubevirt'],
    find: (objects) => [
      argument('namespaces')(objects),
      JSON.stringify(field('ClusterRole', 'rules', 'medevac')(objects)).includes('virtualmachines'),
      objects
        .filter(({ kind, metadata }) => kind === 'RoleBinding' && metadata.name === 'medevac-workloads')
        .map(({ metadata }) => metadata.namespace),
      ['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration'].flatMap((kind) =>
        [0, 1].map((index) =>
          field(kind, `webhooks/${index}/namespaceSelector/matchExpressions/0/values`)(objects),
        ),
      ),
    ],
    want: [
      '--namespaces=default,kubevirt',
      false,
      ['default', 'kubevirt'],
      [1, 2, 3, 4].map(() => ['default', 'kubevirt']),
    ],
  },
  {
    path: 'driver',
    does: 'is that of Instances that name none; libvirt has an image of its own',
    value: 'libvirt',
    find: (objects) => [argument('driver')(objects), container('image')(objects)],
    want: ['--driver=libvirt', 'medevac:0.1.0-libvirt'],
  },
  {
    path: 'libvirt.config',
    does: 'is a file that the operator reads; a change of it starts new Pods',
    value: { hosts: {} },
    with: LIBVIRT,
    find: (objects) => [
      field('ConfigMap', 'data/libvirt.json', 'medevac-libvirt')(objects),
      variable('MEDEVAC_LIBVIRT_CONFIG')(objects),
      (field('Deployment', 'spec/template/metadata/annotations')(objects) as Record<string, string>)[
        'checksum/libvirt-config'
      ]?.slice(0, 8),
    ],
    want: ['{"hosts":{}}', '/etc/medevac/libvirt.json', '541ad17d'],
  },
  {
    path: 'libvirt.tlsSecret',
    does: 'is mounted where libvirt looks',
    value: 'libvirt-client',
    with: LIBVIRT,
    find: pod('volumes/2/secret/secretName'),
    want: 'libvirt-client',
  },
  flagCase('anchors.image', 'anchor-image', 'registry.example/pause:1', LIBVIRT),
  {
    path: 'anchors.priorityClass.create',
    does: 'leaves a class alone that is there',
    value: false,
    with: LIBVIRT,
    find: kinds('PriorityClass'),
    want: [],
  },
  {
    path: 'anchors.priorityClass.name',
    does: 'is the name of the class, and the one that anchors have',
    value: 'vms',
    with: LIBVIRT,
    find: (objects) => [kinds('PriorityClass')(objects), argument('anchor-priority-class')(objects)],
    want: [['vms'], '--anchor-priority-class=vms'],
  },
  {
    path: 'anchors.priorityClass.value',
    does: 'is how important they are',
    value: 900_000_000,
    with: LIBVIRT,
    find: field('PriorityClass', 'value'),
    want: 900_000_000,
  },
  flagCase('unrescueDuringMigration', 'unrescue-during-migration', 'Defer'),
  {
    path: 'kubeVirtNamespace',
    does: 'is where the operator may look at pods',
    value: 'medevac-system',
    find: (objects) => [
      argument('kubevirt-namespace')(objects),
      objects.filter(({ kind }) => kind === 'Role').map(({ metadata }) => metadata.namespace),
    ],
    want: ['--kubevirt-namespace=medevac-system', ['medevac-system', 'medevac-system']],
  },
  variableCase('minimumVersion.source', 'MEDEVAC_MINIMUM_SOURCE_VERSION', 'v1.8.0'),
  variableCase('minimumVersion.destination', 'MEDEVAC_MINIMUM_DESTINATION_VERSION', 'v1.8.0'),
  flagCase('drain.perSource', 'drain-limit-per-source', 7),
  flagCase('drain.perCluster', 'drain-limit-per-cluster', 7),
  flagCase('drain.perDestination', 'drain-limit-per-destination', 7),
  flagCase('drain.searchSeconds', 'drain-search-seconds', 77),
  flagCase('drain.keptMigrations', 'drain-kept-migrations', 7),
  flagCase('workers', 'workers', 7),
  flagCase('logLevel', 'log-level', 'debug'),
  ...['resources.requests.cpu', 'resources.requests.memory', 'resources.limits.memory'].map((path) => ({
    path,
    does: 'is that of the container',
    value: path.endsWith('cpu') ? '70m' : '200Mi',
    find: container(path.replaceAll('.', '/')),
    want: path.endsWith('cpu') ? '70m' : '200Mi',
  })),
  {
    path: 'priorityClassName',
    does: 'is that of the Pods',
    value: 'system-node-critical',
    find: pod('priorityClassName'),
    want: 'system-node-critical',
  },
  {
    path: 'serviceAccount.annotations',
    does: 'are those of the ServiceAccount',
    value: TEXTS,
    find: field('ServiceAccount', 'metadata/annotations'),
    want: TEXTS,
  },
];
