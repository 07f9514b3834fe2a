import { describe, expect, it } from '@jest/globals';
import { median, quantile, rotated, summarize } from '../../../bench/measure/statistics.ts';

describe('quantile', () => {
  it.each([
    { name: 'of one value is that value', values: [7], q: 0.99, want: 7 },
    { name: 'the median of an odd number is the middle one', values: [9, 1, 5], q: 0.5, want: 5 },
    {
      name: 'the median of an even number lies between the middle ones',
      values: [4, 1, 3, 2],
      q: 0.5,
      want: 2.5,
    },
    { name: 'the highest is that of 1', values: [1, 2, 3], q: 1, want: 3 },
    { name: 'one between two values is interpolated', values: [0, 100], q: 0.99, want: 99 },
    { name: 'of nothing is not a number', values: [], q: 0.5, want: NaN },
  ])('$name', ({ values, q, want }) => {
    expect(quantile(values, q)).toBe(want);
  });

  it('leaves the values in their order', () => {
    const values = [3, 1, 2];
    median(values);
    expect(values).toEqual([3, 1, 2]);
  });
});

describe('summarize', () => {
  it('gives median, lowest, highest and their number', () => {
    expect(summarize([5, 1, 3])).toEqual({ median: 3, min: 1, max: 5, runs: 3 });
  });

  it('gives nothing for nothing', () => {
    expect(summarize([])).toBeUndefined();
  });
});

describe('rotated', () => {
  const items = ['a', 'b', 'c'];

  it.each([
    { name: 'the first run goes through them as they are', run: 0, want: ['a', 'b', 'c'] },
    { name: 'the second goes back', run: 1, want: ['c', 'b', 'a'] },
    { name: 'the third begins with the second', run: 2, want: ['b', 'c', 'a'] },
    { name: 'the fourth is the third back', run: 3, want: ['a', 'c', 'b'] },
    { name: 'it begins again after each was first', run: 6, want: ['a', 'b', 'c'] },
  ])('$name', ({ run, want }) => {
    expect(rotated(items, run)).toEqual(want);
  });

  it('lets each be first and last equally often', () => {
    const orders = Array.from({ length: 6 }, (_, run) => rotated(items, run));
    for (const item of items) {
      expect(orders.filter(([first]) => first === item)).toHaveLength(2);
      expect(orders.filter((order) => order.at(-1) === item)).toHaveLength(2);
    }
  });

  it('does nothing with nothing', () => {
    expect(rotated([], 3)).toEqual([]);
  });
});
