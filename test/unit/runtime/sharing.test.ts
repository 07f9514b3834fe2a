import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SeenValues, shared } from '../../../src/runtime/sharing.ts';

const condition = (status: string) => ({ type: 'Ready', status, since: '2026-11-28T12:00:00Z' });

describe('a new state of an object', () => {
  it('is made of the parts of the one before that are equal', () => {
    const before = { spec: { disks: [{ name: 'root' }] }, status: { conditions: [condition('False')] } };
    const next = { spec: { disks: [{ name: 'root' }] }, status: { conditions: [condition('True')] } };
    const result = shared(next, before, new SeenValues());
    expect(result).toEqual({
      spec: { disks: [{ name: 'root' }] },
      status: { conditions: [condition('True')] },
    });
    expect(result.spec).toBe(before.spec);
    expect(result.status).not.toBe(before.status);
  });

  it('is the one before where nothing has changed', () => {
    const before = { list: [1, 'a', null], fields: { a: true } };
    expect(shared({ list: [1, 'a', null], fields: { a: true } }, before, new SeenValues())).toBe(before);
  });

  it.each([
    { name: 'a shorter list', before: { list: [1, 2] }, next: { list: [1] } },
    { name: 'a longer list', before: { list: [1] }, next: { list: [1, 2] } },
    { name: 'a field less', before: { a: 1, b: 2 }, next: { a: 1 } },
    { name: 'a field more', before: { a: 1 }, next: { a: 1, b: undefined } },
    { name: 'a list in place of a record', before: { a: {} }, next: { a: [] } },
    { name: 'a record in place of a list', before: { a: [] }, next: { a: {} } },
    { name: 'null in place of a record', before: { a: {} }, next: { a: null } },
    { name: 'a number in place of its text', before: { a: '1' }, next: { a: 1 } },
  ])('$name is a change', ({ before, next }) => {
    const result: unknown = shared(structuredClone(next), before, new SeenValues());
    expect(result).toStrictEqual(next);
    expect(result).not.toBe(before);
  });
});

describe('two objects', () => {
  it('have equal records without parts in common', () => {
    const seen = new SeenValues();
    const [one, other] = [1, 2].map((id) => shared({ id, ready: condition('True') }, undefined, seen));
    expect(one?.ready).toBe(other?.ready);
  });

  it.each([
    { name: 'of other types', one: { a: 1 }, other: { a: '1' } },
    { name: 'whose fields only look the same', one: { a: '1\nb\n2' }, other: { a: '1', b: '2' } },
    { name: 'with parts', one: { a: {} }, other: { a: [] } },
  ])('do not have records $name in common', ({ one, other }) => {
    const seen = new SeenValues();
    expect(shared({ ...one }, undefined, seen)).toStrictEqual(one);
    expect(shared({ ...other }, undefined, seen)).toStrictEqual(other);
  });

  it('no more is remembered than was said', () => {
    const seen = new SeenValues(2);
    const record = (a: number) => seen.record({ a });
    const first = record(1);
    expect(record(1)).toBe(first);
    [2, 3, 4].forEach(record);
    expect(record(1)).not.toBe(first);
  });
});

it('equals what was given, whatever it is and whatever was before, which stays as it was', () => {
  const seen = new SeenValues(5);
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (next, before) => {
      const kept = structuredClone(before);
      expect(shared(structuredClone(next), before, seen)).toStrictEqual(next);
      expect(before).toStrictEqual(kept);
      expect(shared(structuredClone(next), next, seen)).toStrictEqual(next);
    }),
  );
});
