import { describe, expect, it } from '@jest/globals';
import { missingFrom } from '../../../../src/drivers/kubevirt/subset.ts';

describe('what is wanted and not stored', () => {
  it.each<{ name: string; wanted: unknown; stored: unknown; want: string[] }>([
    { name: 'nothing', wanted: { a: 1, b: 'x', c: [true] }, stored: { a: 1, b: 'x', c: [true] }, want: [] },
    { name: 'nothing, where more is stored', wanted: { a: 1 }, stored: { a: 1, b: 2 }, want: [] },
    { name: 'nothing, where nothing is wanted', wanted: { a: undefined }, stored: { a: 1 }, want: [] },
    { name: 'another value', wanted: { a: { b: 1 } }, stored: { a: { b: 2 } }, want: ['t.a.b'] },
    { name: 'a field that is gone', wanted: { a: { b: 1 } }, stored: { a: {} }, want: ['t.a.b'] },
    { name: 'an object that is gone', wanted: { a: { b: 1 } }, stored: {}, want: ['t.a'] },
    {
      name: 'something else in place of an object',
      wanted: { a: { b: 1 } },
      stored: { a: 'b' },
      want: ['t.a'],
    },
    { name: 'an item', wanted: [{ a: 1 }, { a: 2 }], stored: [{ a: 1 }, { a: 3 }], want: ['t[1].a'] },
    { name: 'an item more: it has another place', wanted: [1], stored: [1, 2], want: ['t'] },
    { name: 'an item less', wanted: [1, 2], stored: [1], want: ['t'] },
    { name: 'a list that is none', wanted: [1], stored: { 0: 1 }, want: ['t'] },
    { name: 'a field with dots', wanted: { 'a.b/c': 1 }, stored: {}, want: ['t["a.b/c"]'] },
    {
      name: 'nothing, where what is empty was left out',
      wanted: { a: [], b: {}, c: '', d: 0, e: false, f: null },
      stored: {},
      want: [],
    },
    { name: 'an empty object where there was none', wanted: { a: {} }, stored: { a: [] }, want: ['t.a'] },
    { name: 'nothing, where a quantity is said in other units', wanted: '1024Mi', stored: '1Gi', want: [] },
    { name: 'nothing, where a number became a quantity', wanted: 2, stored: '2000m', want: [] },
    { name: 'another quantity', wanted: '1Gi', stored: '1G', want: ['t'] },
    { name: 'a text that is no quantity', wanted: '1Xi', stored: '2Xi', want: ['t'] },
    { name: 'what is not empty', wanted: true, stored: undefined, want: ['t'] },
  ])('$name', ({ wanted, stored, want }) => {
    expect(missingFrom(wanted, stored, 't')).toEqual(want);
  });
});
