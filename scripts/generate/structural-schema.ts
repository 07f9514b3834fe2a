import * as z from 'zod';

/** One CEL rule of a schema. */
interface ValidationRule {
  readonly rule: string;
  readonly message: string;
  readonly fieldPath?: string;
}

/** The part of an OpenAPI v3 schema that our CRDs use (Kubernetes calls it a structural schema). */
export interface StructuralSchema {
  type?: 'object' | 'array' | 'string' | 'integer' | 'boolean';
  description?: string;
  format?: string;
  default?: unknown;
  enum?: readonly string[];
  pattern?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  minProperties?: number;
  maxProperties?: number;
  required?: readonly string[];
  properties?: Record<string, StructuralSchema>;
  additionalProperties?: StructuralSchema;
  items?: StructuralSchema;
  'x-kubernetes-list-type'?: string;
  'x-kubernetes-map-type'?: string;
  'x-kubernetes-list-map-keys'?: readonly string[];
  'x-kubernetes-preserve-unknown-fields'?: boolean;
  'x-kubernetes-validations'?: readonly ValidationRule[];
}

type Json = Record<string, unknown>;

/** Kept as they are, in the order in which a CRD is read best. */
const KEPT = [
  'description',
  'type',
  'format',
  'default',
  'enum',
  'pattern',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
  'required',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-map-type',
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-validations',
] as const;

const REWRITTEN = ['$schema', 'properties', 'additionalProperties', 'items'];

const INT32_MAX = 2 ** 31 - 1;

/**
 * The schema that the API server is given for a zod schema, as it is for input (a field with a default may be missing).
 * @throws Error naming the path, where zod says something that a structural schema can't, or a field has no description.
 */
export function structuralSchema(schema: z.ZodType, path: string): StructuralSchema {
  const json = z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input' }) as Json;
  return rewrite(json, path);
}

function rewrite(json: Json, path: string): StructuralSchema {
  const unknown = Object.keys(json).filter(
    (key) => !(KEPT as readonly string[]).includes(key) && !REWRITTEN.includes(key),
  );
  if (unknown.length > 0) throw new Error(`${path}: a CRD cannot say ${unknown.join(', ')}`);
  const kept = Object.fromEntries(KEPT.flatMap((key) => (key in json ? [[key, json[key]]] : [])));
  return described({ ...kept, ...numbers(json), ...texts(json), ...children(json, path) });
}

/** `kubectl explain` does not show defaults, so the description does. */
function described(schema: StructuralSchema): StructuralSchema {
  if (schema.default === undefined || schema.description === undefined) return schema;
  return { ...schema, description: `${schema.description}${defaultNote(schema)}` };
}

/** What `described` adds. */
export function defaultNote(schema: StructuralSchema): string {
  return ` Default: ${defaultText(schema)}.`;
}

export function defaultText({ default: value }: StructuralSchema): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** zod bounds every integer by what JavaScript can count; Kubernetes says it by a format. */
function numbers(json: Json): StructuralSchema {
  if (json['type'] !== 'integer') return {};
  const { minimum, maximum } = json as { minimum: number; maximum: number };
  const bounded: StructuralSchema = { format: maximum <= INT32_MAX ? 'int32' : 'int64' };
  if (Number.isSafeInteger(minimum - 1)) bounded.minimum = minimum;
  if (Number.isSafeInteger(maximum + 1)) bounded.maximum = maximum;
  return { ...without(json, 'minimum', 'maximum'), ...bounded };
}

/** The API server knows the format date-time; zod's pattern for it says the same in 300 characters. */
function texts(json: Json): StructuralSchema {
  return json['format'] === 'date-time' ? without(json, 'pattern') : {};
}

/** Overrides of keys that are to be left out: YAML and JSON drop undefined. */
function without(json: Json, ...keys: string[]): StructuralSchema {
  return Object.fromEntries(keys.flatMap((key) => (key in json ? [[key, undefined]] : [])));
}

function children(json: Json, path: string): StructuralSchema {
  const { properties, additionalProperties, items } = json as Record<string, Json | undefined>;
  const freeForm = json['x-kubernetes-preserve-unknown-fields'] === true;
  return {
    ...(properties && { properties: rewriteFields(properties as Record<string, Json>, path) }),
    ...(additionalProperties &&
      !freeForm && { additionalProperties: rewrite(additionalProperties, `${path}.*`) }),
    ...(items && { items: rewrite(items, `${path}[]`) }),
  };
}

function rewriteFields(fields: Record<string, Json>, path: string): Record<string, StructuralSchema> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => {
      const fieldPath = `${path}.${name}`;
      if (field['description'] === undefined) throw new Error(`${fieldPath}: has no description`);
      return [name, rewrite(field, fieldPath)];
    }),
  );
}
