import { describe, expect, it } from '@jest/globals';
import { presumesInstance, type Ending } from '../../../../src/domain/live-migration/ending.ts';

describe('the end of a LiveMigration presumes that the Instance is not deleted', () => {
  const failed = { phase: 'Failed', reason: 'MigrationFailed', message: '', node: undefined } as const;
  const refusal = { kind: 'Refused', code: 409, reason: 'InstanceState', message: '' } as const;

  it.each<{ name: string; ending: Ending; want: boolean }>([
    { name: 'where it failed, also where the guest is still seen to run', ending: failed, want: true },
    {
      name: 'where its migration is gone, and nobody has said why',
      ending: { ...failed, reason: 'MigrationVanished' },
      want: true,
    },
    {
      name: 'not where it was never let in',
      ending: { ...failed, reason: 'InstanceState', refusal },
      want: false,
    },
    {
      name: 'not where that is what it says',
      ending: { ...failed, phase: 'Aborted', reason: 'InstanceDeleted' },
      want: false,
    },
    {
      name: 'not where it arrived',
      ending: { ...failed, phase: 'Succeeded', reason: 'Migrated' },
      want: false,
    },
  ])('$name', ({ ending, want }) => {
    expect(presumesInstance(ending)).toBe(want);
  });
});
