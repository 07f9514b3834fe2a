import { describe, expect, it } from '@jest/globals';
import { conditionOf } from './play.ts';
import { useStage } from './use-stage.ts';

describe('with unrescueDuringMigration: Defer', () => {
  const { act, vm } = useStage('patient', { settings: { 'unrescue-during-migration': 'Defer' } });

  it('an unrescue is admitted with a warning, shown as not done yet, and carried out where the migration has ended', async () => {
    const play = act();
    await play.rescued();
    const mark = play.mark();
    const name = await play.migrate('away');
    await play.transferring(name);

    const { stderr } = await play.apply();

    expect(stderr).toMatch(
      new RegExp(
        `^Warning: LiveMigration ${name} of Instance ${play.key} is unfinished \\(phase Running for \\d+ s\\): ` +
          'the unrescue is carried out when it is over. To have that sooner, abort it.\n$',
      ),
    );
    const waiting = await play.instance(
      'the edit was seen',
      ({ metadata, status }) => status?.observedGeneration === metadata.generation,
    );
    expect(waiting.status?.state).toBe('Rescued');
    for (const [type, status] of [
      ['Ready', 'False'],
      ['Reconciling', 'True'],
    ] as const) {
      expect(conditionOf(waiting, type)).toMatchObject({ status, reason: 'MigrationInProgress' });
    }
    const migration = await play.ended(name);
    expect(migration.status?.phase).toBe('Succeeded');
    const running = await play.settled('Running');
    expect(conditionOf(running, 'Ready')?.status).toBe('True');
    expect(play.statesSince(mark).slice(0, 2)).toEqual(['Rescued', 'Unrescuing']);
    expect((await vm()).disks).toEqual(['root*']);
  }, 60_000);
});
