import { describe, expect, it } from '@jest/globals';
import { bytesOf } from '../../../src/api/bytes.ts';

describe('the bytes of a quantity', () => {
  it.each([
    ['1', 1],
    ['512M', 512_000_000],
    ['4Gi', 4_294_967_296],
    ['2k', 2_000],
    ['3Ki', 3_072],
    ['1T', 1e12],
  ])('%s are %d', (quantity, want) => {
    expect(bytesOf(quantity)).toBe(want);
  });
});
