import { MigrationPhase } from '../../../../src/api/live-migration.ts';
import { admitMigrationChange } from '../../../../src/domain/live-migration/admission.ts';
import { aStoredMigration } from '../../../builders/observation.ts';
import { aDriver } from '../../../builders/world.ts';
import type { Combination, TruthTable } from './truth-table.ts';
import { wordsOf } from './words.ts';

const AXES = {
  action: ['abort', 'force-complete'],
  phase: MigrationPhase.options,
  'driver can force': ['yes', 'no'],
} as const;

function answer(asked: Combination<typeof AXES>): string {
  const { metadata, spec: before } = aStoredMigration();
  return wordsOf(
    admitMigrationChange({
      namespace: metadata.namespace,
      name: metadata.name,
      driver: aDriver({ capabilities: { forceComplete: asked['driver can force'] === 'yes' } }),
      before,
      after: { ...before, ...(asked.action === 'abort' ? { abort: true } : { forceComplete: true }) },
    }),
  );
}

const OVER = ['Succeeded', 'Failed', 'Aborted'] as const;

/** A LiveMigration is changed; nothing else of it may change. */
export const CHANGE_MIGRATION: TruthTable<typeof AXES> = {
  axes: AXES,
  answer,
  rows: [
    {
      where: { action: ['abort'], phase: ['Queued', 'Preparing', 'Running'] },
      want: 'admitted',
      nova: '202',
    },
    {
      where: { action: ['abort'], phase: ['PostCopy', 'Completing'] },
      want: 'admitted',
      nova: '400',
      why: 'It may come too late, and then ends Succeeded with reason AbortTooLate.',
    },
    {
      where: { action: ['abort'], phase: OVER },
      want: 'admitted',
      nova: '400 or 404',
      why: 'Nothing is left to be done; a manifest in Git may say so.',
    },
    {
      where: { action: ['force-complete'], 'driver can force': ['yes'] },
      want: 'admitted',
      nova: '202 for ACTIVE while running, else 400 or 409; never for RESCUE',
      why: 'Rescued VMs are no exception.',
    },
    {
      where: { action: ['force-complete'], 'driver can force': ['no'] },
      want: '400 FieldUnsupported',
      nova: '202, and it fails in the background',
      why: 'What the driver cannot do is said at once.',
    },
  ],
};
