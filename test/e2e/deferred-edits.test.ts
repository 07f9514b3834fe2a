import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { readVm } from '../support/evidence.ts';
import { raiseStage, type Stage } from '../support/stage.ts';
import { conditionOf, Play } from './play.ts';

describe('with unrescueDuringMigration: Defer', () => {
  let stage: Stage;
  let play: Play;

  beforeAll(async () => {
    stage = await raiseStage('kubevirt', { settings: { 'unrescue-during-migration': 'Defer' } });
    play = new Play(stage, 'patient');
  }, 120_000);
  afterAll(() => stage.close());
  afterEach(() => play.close());

  it('an unrescue is admitted with a warning, shown as not done yet, and carried out where the migration has ended', async () => {
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
    expect((await readVm(stage.admin, { namespace: stage.namespace, name: play.name })).disks).toEqual([
      'root*',
    ]);
  }, 60_000);
});
