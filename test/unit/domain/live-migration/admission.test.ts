import { describe, expect, it } from '@jest/globals';
import { LiveMigrationSpec } from '../../../../src/api/live-migration.ts';
import { admitMigrationChange } from '../../../../src/domain/live-migration/admission.ts';
import { aLiveMigration, type LiveMigrationOptions } from '../../../builders/live-migration.ts';
import { aDriver } from '../../../builders/world.ts';

type Fields = NonNullable<LiveMigrationOptions['spec']>;

function aMigrationSpec(fields: Fields): LiveMigrationSpec {
  return LiveMigrationSpec.parse(aLiveMigration({ spec: fields }).spec);
}

const admitted = { kind: 'Admitted', warnings: [] };
const forceRefused = {
  kind: 'Refused',
  code: 400,
  reason: 'FieldUnsupported',
  message:
    'Driver kubevirt of Instance team-a/web-1 cannot honour spec.forceComplete. ' +
    'Let LiveMigration web-1-away go on, or abort it.',
};

describe('a change of a LiveMigration', () => {
  const table: { name: string; before: Fields; after: Fields; can?: boolean; want: object }[] = [
    {
      name: 'forceComplete, where the driver cannot',
      before: {},
      after: { forceComplete: true },
      want: forceRefused,
    },
    {
      name: 'forceComplete, where the driver can',
      before: {},
      after: { forceComplete: true },
      can: true,
      want: admitted,
    },
    { name: 'abort', before: {}, after: { abort: true }, want: admitted },
    {
      name: 'abort of one that was to be forced',
      before: { forceComplete: true },
      after: { forceComplete: true, abort: true },
      want: admitted,
    },
    {
      name: 'something else of one that was to be forced before the driver changed',
      before: { forceComplete: true },
      after: { forceComplete: true },
      want: admitted,
    },
  ];

  it.each(table)('$name: $want.kind', ({ before, after, can = false, want }) => {
    const verdict = admitMigrationChange({
      namespace: 'team-a',
      name: 'web-1-away',
      driver: aDriver({ capabilities: { forceComplete: can } }),
      before: aMigrationSpec(before),
      after: aMigrationSpec(after),
    });
    expect(verdict).toEqual(want);
  });
});
