import { anySpecSchema, instanceSpecSchema, machineSpecSchema, migrationSpecSchema } from './schema.ts';

interface Column {
  readonly name: string;
  readonly type: string;
  readonly jsonPath: string;
  readonly priority?: number;
}

interface CrdInput {
  readonly group?: string;
  readonly version?: string;
  readonly kind: string;
  readonly plural: string;
  readonly shortNames: readonly string[];
  readonly categories?: readonly string[];
  readonly scope?: 'Cluster' | 'Namespaced';
  readonly status: boolean;
  readonly spec?: object;
  readonly columns?: readonly Column[];
}

const age: Column = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };

function column(name: string, jsonPath: string): Column {
  return { name, type: 'string', jsonPath };
}

function conditionPath(type: string): string {
  return `.status.conditions[?(@.type=='${type}')].status`;
}

const ready = column('Ready', conditionPath('Ready'));

/** Hand-made: the names, scopes and subresources are KubeVirt's, the schemas are as deep as a renderer goes. */
export const customResourceDefinitions: readonly object[] = [
  crd({
    kind: 'VirtualMachine',
    plural: 'virtualmachines',
    shortNames: ['vm', 'vms'],
    status: true,
    spec: machineSpecSchema,
    columns: [age, column('Status', '.status.printableStatus'), ready],
  }),
  crd({
    // No status subresource: every write of its status raises its generation, and a PATCH of /status is 404.
    kind: 'VirtualMachineInstance',
    plural: 'virtualmachineinstances',
    shortNames: ['vmi', 'vmis'],
    status: false,
    spec: instanceSpecSchema,
    columns: [
      age,
      column('Phase', '.status.phase'),
      column('IP', '.status.interfaces[0].ipAddress'),
      column('NodeName', '.status.nodeName'),
      ready,
      { ...column('Live-Migratable', conditionPath('LiveMigratable')), priority: 1 },
      { ...column('Paused', conditionPath('Paused')), priority: 1 },
    ],
  }),
  crd({
    kind: 'VirtualMachineInstanceMigration',
    plural: 'virtualmachineinstancemigrations',
    shortNames: ['vmim', 'vmims'],
    status: true,
    spec: migrationSpecSchema,
    columns: [column('Phase', '.status.phase'), column('VMI', '.spec.vmiName')],
  }),
  crd({
    kind: 'KubeVirt',
    plural: 'kubevirts',
    shortNames: ['kv', 'kvs'],
    status: true,
    columns: [age, column('Phase', '.status.phase')],
  }),
  crd({
    group: 'migrations.kubevirt.io',
    version: 'v1alpha1',
    kind: 'MigrationPolicy',
    plural: 'migrationpolicies',
    shortNames: [],
    scope: 'Cluster',
    status: true,
  }),
];

function crd(input: CrdInput): object {
  const {
    group = 'kubevirt.io',
    version = 'v1',
    kind,
    plural,
    shortNames,
    scope = 'Namespaced',
    columns,
  } = input;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope,
      names: {
        kind,
        plural,
        singular: kind.toLowerCase(),
        shortNames,
        categories: input.categories ?? ['all'],
      },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: {
              type: 'object',
              properties: { spec: input.spec ?? anySpecSchema, status: anySpecSchema },
              ...(input.spec !== undefined && { required: ['spec'] }),
            },
          },
          ...(input.status && { subresources: { status: {} } }),
          ...(columns !== undefined && { additionalPrinterColumns: columns }),
        },
      ],
    },
  };
}
