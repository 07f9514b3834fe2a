import { describe, expect, it } from '@jest/globals';
import * as z from 'zod';
import { structuralSchema } from '../../../scripts/generate/structural-schema.ts';

const of = (field: z.ZodType) =>
  structuralSchema(z.object({ field: field.optional().describe('D.') }), 'Kind').properties?.['field'];

describe('a zod schema becomes a structural schema', () => {
  it.each([
    { what: 'an integer', field: z.int(), want: { type: 'integer', format: 'int64' } },
    {
      what: 'a small integer',
      field: z.int().min(1).max(512),
      want: { type: 'integer', format: 'int32', minimum: 1, maximum: 512 },
    },
    {
      what: 'an integer from 0',
      field: z.int().min(0),
      want: { type: 'integer', format: 'int64', minimum: 0 },
    },
    {
      what: 'a time, without its pattern',
      field: z.iso.datetime(),
      want: { type: 'string', format: 'date-time' },
    },
    {
      what: 'a map',
      field: z.record(z.string(), z.string()),
      want: { type: 'object', additionalProperties: { type: 'string' } },
    },
    {
      what: 'anything, kept as it is',
      field: z.record(z.string(), z.unknown()).meta({ 'x-kubernetes-preserve-unknown-fields': true }),
      want: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    },
    {
      what: 'a strict object, because the API server drops unknown fields itself',
      field: z.strictObject({ a: z.string().describe('A.') }),
      want: {
        type: 'object',
        required: ['a'],
        properties: { a: { type: 'string', description: 'A.' } },
      },
    },
  ])('$what', ({ field, want }) => {
    expect(JSON.parse(JSON.stringify(of(field)))).toEqual({ description: 'D.', ...want });
  });

  it('a field with a default, which its description says, too, and which is not required', () => {
    const schema = z.object({ power: z.enum(['On', 'Off']).default('On').describe('Power.') });
    expect(structuralSchema(schema, 'Kind')).toEqual({
      type: 'object',
      properties: {
        power: { type: 'string', enum: ['On', 'Off'], default: 'On', description: 'Power. Default: On.' },
      },
    });
  });

  it.each([
    {
      what: 'a choice of types',
      field: z.union([z.string(), z.int()]),
      want: 'Kind.field: a CRD cannot say anyOf',
    },
    {
      what: 'a field inside without a description',
      field: z.object({ a: z.string() }),
      want: 'Kind.field.a: has no description',
    },
    {
      what: 'an entry inside without a description',
      field: z.array(z.object({ a: z.string() })),
      want: 'Kind.field[].a: has no description',
    },
  ])('but not $what', ({ field, want }) => {
    expect(() => of(field)).toThrow(want);
  });
});
