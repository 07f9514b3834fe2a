import { describe, expect, it } from '@jest/globals';
import { behaviourOf } from '../../../../src/drivers/memory/behaviour.ts';
import { bytesOf } from '../../../../src/drivers/memory/bytes.ts';

describe('the name of a VM', () => {
  it.each([
    ['web-1', 'Plain'],
    ['web-boot-fails', 'BootFails'],
    ['web-rescue-fails', 'RescueFails'],
    ['web-migration-fails', 'MigrationFails'],
    ['web-abort-too-late', 'AbortTooLate'],
    ['web-slow', 'Slow'],
    ['web-not-migratable', 'NotMigratable'],
    ['slow-web', 'Plain'],
    ['web-slow-2', 'Plain'],
  ])('%s means %s', (name, want) => {
    expect(behaviourOf(name)).toBe(want);
  });
});

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
