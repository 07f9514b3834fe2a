import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { defaultText, type StructuralSchema } from '../../../scripts/generate/structural-schema.ts';

/** What `kubectl explain` shows of a field, from the CRD as it is shipped. */
interface Field {
  readonly path: string;
  readonly schema: StructuralSchema;
  readonly text: string;
}

interface Definition {
  readonly spec: {
    readonly names: { readonly kind: string };
    readonly versions: readonly {
      readonly name: string;
      readonly schema: { readonly openAPIV3Schema: StructuralSchema };
    }[];
  };
}

const fields = ['instances', 'livemigrations'].flatMap((plural) => {
  const file = new URL(`../../../crds/${plural}.yaml`, import.meta.url);
  const { names, versions } = (parse(readFileSync(file, 'utf8')) as Definition).spec;
  return versions.flatMap(({ name, schema }) => fieldsOf(schema.openAPIV3Schema, `${names.kind} ${name}`));
});

function fieldsOf(schema: StructuralSchema, path: string): Field[] {
  const own = { path, schema, text: schema.description ?? '' };
  const children = Object.entries(schema.properties ?? {}).filter(([name]) => name !== 'metadata');
  const entries = schema.items === undefined ? [] : Object.entries(schema.items.properties ?? {});
  return [own, ...[...children, ...entries].flatMap(([name, field]) => fieldsOf(field, `${path}.${name}`))];
}

const UNITS = /\b(cores|bytes|milliseconds|percent|generation|how often|higher number)\b/i;

const isDuration = ({ schema }: Field) => /\[0-9\].*h.*m.*s\)/.test(schema.pattern ?? '');
const isQuantity = ({ schema }: Field) => schema.pattern?.includes('Ki|Mi|Gi') === true;

/** What must be said of which fields. */
const RULES: readonly {
  readonly name: string;
  readonly of: (field: Field) => boolean;
  readonly least: number;
  readonly says: (field: Field) => boolean;
}[] = [
  {
    name: 'every field is described, in a sentence',
    of: () => true,
    least: 100,
    says: ({ text }) => /^[A-Z].*\.$/.test(text),
  },
  {
    name: 'a default is told, but for that of the whole status before the first write',
    of: ({ schema, path }) => schema.default !== undefined && !path.endsWith('.status'),
    least: 10,
    says: ({ schema, text }) => text.endsWith(` Default: ${defaultText(schema)}.`),
  },
  {
    name: 'a number has its unit',
    of: ({ schema }) => schema.type === 'integer',
    least: 10,
    says: ({ text }) => UNITS.test(text),
  },
  {
    name: 'a quantity has its unit and an example',
    of: isQuantity,
    least: 2,
    says: ({ text }) => text.includes('bytes') && text.includes('for example'),
  },
  {
    name: 'a length of time has its units and an example',
    of: isDuration,
    least: 2,
    says: ({ text }) => text.includes('in hours, minutes and seconds, for example'),
  },
  {
    name: 'a moment says of what',
    of: ({ schema }) => schema.format === 'date-time',
    least: 5,
    says: ({ text }) => text.startsWith('When '),
  },
  {
    name: 'an optional choice says what holds without it',
    of: ({ schema, path }) => schema.enum !== undefined && path.includes('.spec.'),
    least: 8,
    says: ({ text }) => text.includes('Default: '),
  },
];

describe('what `kubectl explain` shows', () => {
  it.each(RULES)('$name', ({ of, least, says }) => {
    const meant = fields.filter(of);
    expect(meant.filter((field) => !says(field)).map(({ path, text }) => `${path}: ${text}`)).toEqual([]);
    // Fewer would mean that the fields are no longer found.
    expect(meant.length).toBeGreaterThanOrEqual(least);
  });
});
