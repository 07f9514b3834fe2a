import { describe, expect, it } from '@jest/globals';
import { behaviourOf } from '../../../../src/drivers/memory/behaviour.ts';

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
