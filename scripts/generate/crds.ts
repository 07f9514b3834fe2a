import { Instance } from '../../src/api/instance.ts';
import { LiveMigration } from '../../src/api/live-migration.ts';
import { GROUP, STORAGE_VERSION, VERSIONS } from '../../src/api/names.ts';
import { structuralSchema, type StructuralSchema } from './structural-schema.ts';

interface PrinterColumn {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'date';
  readonly jsonPath: string;
  readonly description: string;
  /** 1: only with `-o wide`. */
  readonly priority?: 1;
}

/** A kind of ours, as its CRD presents it. */
export interface Kind {
  readonly kind: string;
  readonly plural: string;
  readonly shortName: string;
  readonly schema: typeof Instance | typeof LiveMigration;
  /** Status of an object that the operator has not seen yet: never taken for ready. */
  readonly initialStatus: Readonly<Record<string, unknown>>;
  readonly columns: readonly PrinterColumn[];
  /** What `--field-selector` may ask for. */
  readonly selectableFields: readonly string[];
}

const condition = (type: string, field: 'status' | 'reason') =>
  `.status.conditions[?(@.type=="${type}")].${field}`;

const AGE: PrinterColumn = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
  description: 'Time since it was created.',
};

const column = (name: string, jsonPath: string, description: string): PrinterColumn => ({
  name,
  type: 'string',
  jsonPath,
  description,
});

export const KINDS: readonly Kind[] = [
  {
    kind: 'Instance',
    plural: 'instances',
    shortName: 'inst',
    schema: Instance,
    initialStatus: { observedGeneration: -1 },
    columns: [
      column('State', '.status.state', 'State of the VM.'),
      column('Node', '.status.node', 'Node that the VM runs on.'),
      column('Rescued', condition('Rescued', 'status'), 'Whether it is booted from a rescue system.'),
      column('Migrating', condition('Migrating', 'status'), 'Whether a live migration is under way.'),
      column('Ready', condition('Ready', 'status'), 'Whether it is as the spec says.'),
      AGE,
      { ...column('Driver', '.status.resolved.driver', 'What runs the VM.'), priority: 1 },
      { ...column('Reason', condition('Ready', 'reason'), 'Why it is ready or not.'), priority: 1 },
    ],
    selectableFields: ['.status.state', '.status.node'],
  },
  {
    kind: 'LiveMigration',
    plural: 'livemigrations',
    shortName: 'lm',
    schema: LiveMigration,
    initialStatus: { observedGeneration: -1, phase: 'Queued' },
    columns: [
      column('Instance', '.spec.instanceName', 'Instance that moves.'),
      column('Source', '.status.source.node', 'Node that it leaves.'),
      column('Destination', '.status.destination.node', 'Node that it goes to.'),
      column('Phase', '.status.phase', 'How far it is.'),
      {
        name: 'Progress',
        type: 'integer',
        jsonPath: '.status.progress.percent',
        description: 'Percent that is transferred, where the driver says it.',
      },
      AGE,
    ],
    selectableFields: ['.spec.instanceName', '.status.phase'],
  },
];

/** `metadata` may only restrict the name; the API server adds the rest. */
function nameSchema({ kind, schema }: Kind): Record<string, StructuralSchema> {
  const { pattern, maxLength } = structuralSchema(schema.shape.metadata.shape.name, `${kind}.metadata.name`);
  if (pattern === undefined || maxLength === undefined) return {};
  return { metadata: { type: 'object', properties: { name: { type: 'string', maxLength, pattern } } } };
}

function openApiSchema(entry: Kind): StructuralSchema {
  const { kind, schema, initialStatus } = entry;
  return {
    description: schema.description ?? '',
    type: 'object',
    required: ['spec'],
    properties: {
      ...nameSchema(entry),
      spec: structuralSchema(schema.shape.spec, `${kind}.spec`),
      status: { ...structuralSchema(schema.shape.status, `${kind}.status`), default: initialStatus },
    },
  };
}

/** The CustomResourceDefinition of a kind: all versions served with one schema, so that no conversion is needed. */
export function customResourceDefinition(entry: Kind) {
  const { kind, plural, shortName } = entry;
  const version = (name: string) => ({
    name,
    served: true,
    storage: name === STORAGE_VERSION,
    schema: { openAPIV3Schema: openApiSchema(entry) },
    subresources: { status: {} },
    additionalPrinterColumns: entry.columns,
    selectableFields: entry.selectableFields.map((jsonPath) => ({ jsonPath })),
  });
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${GROUP}` },
    spec: {
      group: GROUP,
      scope: 'Namespaced',
      names: {
        kind,
        listKind: `${kind}List`,
        plural,
        singular: kind.toLowerCase(),
        shortNames: [shortName],
        categories: ['medevac'],
      },
      conversion: { strategy: 'None' },
      versions: VERSIONS.toReversed().map(version),
    },
  };
}

export type CustomResourceDefinition = ReturnType<typeof customResourceDefinition>;

export function customResourceDefinitions(): CustomResourceDefinition[] {
  return KINDS.map(customResourceDefinition);
}
