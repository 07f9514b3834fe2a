import { describe, expect, it } from '@jest/globals';
import { endOfMigration, endOfRescue } from '../../../src/cli/ends.ts';
import { aMigrationObject, anInstanceObject } from './objects.ts';

const spec = { rescue: { source: {} } };
const ready = (status: string, reason: string, message: string) => [
  { type: 'Ready', status, reason, message },
];

describe('a rescue that is waited for', () => {
  it.each([
    [
      'is not seen by the operator yet',
      { spec, status: { observedGeneration: 1, state: 'Rescued' } },
      { kind: 'Unfinished', text: 'team-a/web-1 not begun' },
    ],
    [
      'is under way',
      {
        spec,
        status: {
          state: 'Rescuing',
          operation: { type: 'Rescue' },
          conditions: ready('False', 'Rescuing', 'Booting.'),
        },
      },
      { kind: 'Unfinished', text: 'team-a/web-1 Rescuing on node-a' },
    ],
    [
      'has something in its way',
      {
        spec,
        status: { state: 'Rescuing', conditions: ready('False', 'ImagePullFailed', 'No such image.') },
      },
      { kind: 'Unfinished', text: 'team-a/web-1 Rescuing on node-a (ImagePullFailed: No such image.)' },
    ],
    [
      'is there, but its lock is not given back',
      { spec, status: { state: 'Rescued', operation: { type: 'Migrate' } } },
      { kind: 'Unfinished', text: 'team-a/web-1 Rescued on node-a' },
    ],
    ['is there', { spec, status: { state: 'Rescued' } }, { kind: 'Reached', text: 'Rescued on node-a' }],
    [
      'can come to nothing',
      {
        spec,
        status: {
          state: 'Failed',
          conditions: [{ type: 'Stalled', status: 'True', reason: 'NotOwned', message: 'It is foreign.' }],
        },
      },
      { kind: 'Missed', text: 'It is foreign.' },
    ],
    [
      'was taken back',
      {},
      {
        kind: 'Missed',
        text: 'Somebody has taken spec.rescue away again: look at Instance team-a/web-1, and ask again.',
      },
    ],
  ])('%s', (_, fields, want) => {
    expect(endOfRescue(anInstanceObject(fields), 'Rescued', 2)).toEqual(want);
  });

  it('has no end where the Instance is gone', () => {
    expect(endOfRescue(undefined, 'Rescued', 2)).toEqual({
      kind: 'Missed',
      text: 'The Instance was deleted.',
    });
  });
});

describe('a way back that is waited for', () => {
  it.each([
    ['Running', 'node-a', { kind: 'Reached', text: 'Running on node-a' }],
    ['Stopped', undefined, { kind: 'Reached', text: 'Stopped' }],
    ['Unrescuing', undefined, { kind: 'Unfinished', text: 'team-a/web-1 Unrescuing' }],
    ['Failed', undefined, { kind: 'Unfinished', text: 'team-a/web-1 Failed' }],
  ])('is %s', (state, node, want) => {
    const instance = anInstanceObject({ status: { state, node, conditions: [] } });
    expect(endOfRescue(instance, 'Unrescued', 2)).toEqual(want);
  });

  it('is missed where somebody rescues again', () => {
    expect(endOfRescue(anInstanceObject({ spec }), 'Unrescued', 2).kind).toBe('Missed');
  });
});

describe('a migration that is waited for', () => {
  const said = ready('True', 'Migrated', 'The guest runs on node "node-b".');

  it.each([
    ['Succeeded', 'Succeeded', 'Reached'],
    ['Failed', 'Succeeded', 'Missed'],
    ['Aborted', 'Succeeded', 'Missed'],
    ['Aborted', 'Aborted', 'Reached'],
    ['Succeeded', 'Aborted', 'Missed'],
  ] as const)('%s where %s is wanted is %s', (phase, goal, wantKind) => {
    const migration = aMigrationObject({ status: { phase, conditions: said } });
    expect(endOfMigration(migration, goal)).toEqual({
      kind: wantKind,
      text: `${phase}: The guest runs on node "node-b".`,
    });
  });

  it('tells how long it took', () => {
    const status = {
      phase: 'Succeeded',
      conditions: said,
      transferMilliseconds: 3_040,
      downtimeMilliseconds: 41,
    };
    expect(endOfMigration(aMigrationObject({ status }), 'Succeeded').text).toBe(
      'Succeeded: The guest runs on node "node-b". (transfer 3.0 s, downtime 41 ms)',
    );
    const long = { phase: 'Succeeded', transferMilliseconds: 754_000 };
    expect(endOfMigration(aMigrationObject({ status: long }), 'Succeeded').text).toBe(
      'Succeeded: (transfer 12m)',
    );
  });

  it.each([undefined, 'Queued', 'Running', 'PhaseOfTheFuture'])('%s is not its end', (phase) => {
    expect(endOfMigration(aMigrationObject({ status: { phase } }), 'Succeeded')).toEqual({
      kind: 'Unfinished',
      text: phase ?? 'Queued',
    });
  });

  it('is aborted by its deletion', () => {
    expect(endOfMigration(undefined, 'Aborted').kind).toBe('Reached');
    expect(endOfMigration(undefined, 'Succeeded').kind).toBe('Missed');
  });
});
