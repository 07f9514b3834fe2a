import { GROUP, STORAGE_VERSION, VERSIONS } from '../../src/api/names.ts';
import { customResourceDefinition, KINDS, type Kind } from './crds.ts';
import { table } from './markdown.ts';
import { defaultNote, defaultText, type StructuralSchema } from './structural-schema.ts';

/** Markdown of docs/api.md: a table of all fields a kind. */
export function apiReference(): string {
  const intro = [
    '# API reference',
    '',
    '<!-- Generated from src/api by `npm run generate`; do not edit. -->',
    '',
    `Group \`${GROUP}\`, versions ${VERSIONS.toReversed()
      .map((version) => `\`${version}\``)
      .join(' and ')} with one schema; \`${STORAGE_VERSION}\` is stored.`,
    'A live migration of a rescued Instance is accepted in `v1beta1` only. `kubectl explain` shows the same texts.',
  ];
  return [...intro, ...KINDS.flatMap(section), ''].join('\n');
}

function section(entry: Kind): string[] {
  const schema = customResourceDefinition(entry).spec.versions[0]?.schema.openAPIV3Schema;
  const { spec, status } = schema?.properties ?? {};
  return [
    '',
    `## ${entry.kind}`,
    '',
    `${schema?.description ?? ''} Short name \`${entry.shortName}\`, category \`medevac\`, namespaced.`,
    ...[...fieldTable('spec', spec, true), ...fieldTable('status', status, false)],
  ];
}

function fieldTable(name: string, schema: StructuralSchema | undefined, isSpec: boolean): string[] {
  if (schema === undefined) return [];
  const head = isSpec ? ['Field', 'Type', 'Default', 'Description'] : ['Field', 'Type', 'Description'];
  const rows = fields(schema, name).map((field) =>
    isSpec
      ? [field.path, field.type, field.default, field.description]
      : [field.path, field.type, field.description],
  );
  return [
    '',
    `### ${name}`,
    '',
    schema.description ?? '',
    '',
    ...table(head, rows),
    ...ruleList(schema, name),
  ];
}

interface Field {
  readonly path: string;
  readonly type: string;
  readonly default: string;
  readonly description: string;
}

function fields(schema: StructuralSchema, path: string): Field[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const fieldPath = `${path}.${name}`;
    const isRequired = schema.required?.includes(name) === true;
    const inner = field.items
      ? { schema: field.items, path: `${fieldPath}[]` }
      : { schema: field, path: fieldPath };
    return [
      {
        path: `\`${fieldPath}\``,
        type: typeOf(field) + (isRequired ? ', required' : ''),
        default: field.default === undefined ? '' : `\`${defaultText(field)}\``,
        description: (field.description ?? '').replace(defaultNote(field), ''),
      },
      ...fields(inner.schema, inner.path),
    ];
  });
}

function typeOf(schema: StructuralSchema): string {
  if (schema.enum) return schema.enum.map((value) => `\`${value}\``).join(' | ');
  if (schema.items) return `list of ${typeOf(schema.items)}s${limits(schema)}`;
  if (schema.additionalProperties) return `map of ${typeOf(schema.additionalProperties)}s${limits(schema)}`;
  if (schema.format === 'date-time') return 'time';
  return `${schema.type ?? 'any'}${limits(schema)}`;
}

function limits(schema: StructuralSchema): string {
  const low = schema.minimum ?? schema.minItems;
  const high = schema.maximum ?? schema.maxItems ?? (schema.additionalProperties && schema.maxProperties);
  if (low === undefined && high === undefined) return '';
  return low === undefined ? ` (up to ${high ?? ''})` : ` (${low} to ${high ?? 'any'})`;
}

function ruleList(schema: StructuralSchema, name: string): string[] {
  const rules = allRules(schema, name);
  return rules.length === 0 ? [] : ['', 'Rules that the API server holds:', '', ...rules];
}

function allRules(schema: StructuralSchema, path: string): string[] {
  const own = (schema['x-kubernetes-validations'] ?? []).map(({ message }) => `- \`${path}\`: ${message}`);
  const inner = Object.entries(schema.properties ?? {}).flatMap(([name, field]) =>
    allRules(field.items ?? field, `${path}.${name}${field.items ? '[]' : ''}`),
  );
  return [...own, ...inner];
}
