import { describe, expect, it } from '@jest/globals';
import { headOfInstances, rowOfInstance, unfinishedByInstance } from '../../../src/cli/instance-row.ts';
import { Table } from '../../../src/cli/table.ts';
import { aMigrationObject, anInstanceObject, NOW } from './objects.ts';

const NARROW = { wide: false, allNamespaces: false, now: NOW };
const since = '2026-11-28T11:48:00Z';
const rescue = { since, image: 'a/b:1' };

describe('a row of list', () => {
  it.each([
    ['runs', {}, undefined, ['web-1', 'Running', 'node-a', '-', '-', 'True', '60m']],
    [
      'is to be rescued',
      { spec: { rescue: {} } },
      undefined,
      ['web-1', 'Running', 'node-a', 'requested', '-', 'True', '60m'],
    ],
    [
      'is rescued',
      { status: { state: 'Rescued', rescue } },
      undefined,
      ['web-1', 'Rescued', 'node-a', '12m', '-', 'True', '60m'],
    ],
    [
      'has a lease',
      { status: { state: 'Rescued', rescue: { ...rescue, expiresAt: '2026-11-28T15:48:00Z' } } },
      undefined,
      ['web-1', 'Rescued', 'node-a', '12m (3h48m left)', '-', 'True', '60m'],
    ],
    [
      'has had one',
      { status: { rescue: { ...rescue, expired: { action: 'Unrescue' } } } },
      undefined,
      ['web-1', 'Running', 'node-a', '12m (expired)', '-', 'True', '60m'],
    ],
    [
      'is migrated',
      {},
      { destination: { node: 'node-b' }, progress: { percent: 42, observedTime: since } },
      ['web-1', 'Running', 'node-a', '-', 'Running 42% to node-b', 'True', '60m'],
    ],
    [
      'waits for its migration',
      {},
      { phase: 'Queued' },
      ['web-1', 'Running', 'node-a', '-', 'Queued', 'True', '60m'],
    ],
    [
      'is migrated, for one who may not see migrations',
      { status: { migration: { name: 'away', source: 'node-a', destination: 'node-c' } } },
      undefined,
      ['web-1', 'Running', 'node-a', '-', 'from node-a to node-c', 'True', '60m'],
    ],
    [
      'nothing is known of',
      { status: { state: undefined, node: undefined, conditions: [], observedGeneration: undefined } },
      undefined,
      ['web-1', 'Pending', '-', '-', '-', 'Unknown', '60m'],
    ],
    [
      'was written by an operator of the future',
      { status: { state: 'Hovering', rescue: 7, conditions: 'none' } },
      undefined,
      ['web-1', 'Hovering', 'node-a', '-', '-', 'Unknown', '60m'],
    ],
  ])('of an Instance that %s', (_, fields, migration, want) => {
    const unfinished = migration && aMigrationObject({ status: migration });
    expect(rowOfInstance(anInstanceObject(fields), unfinished, NARROW)).toEqual(want);
  });

  it('is as long as its head, and says more where that is asked for', () => {
    const options = { wide: true, allNamespaces: true, now: NOW };
    const row = rowOfInstance(anInstanceObject({ status: { rescue } }), undefined, options);
    expect(row).toHaveLength(headOfInstances(options).length);
    expect([row.at(0), ...row.slice(-3)]).toEqual(['team-a', 'kubevirt', 'a/b:1', 'Running']);
  });
});

it('the migration of an Instance is the one that is not over', () => {
  const over = aMigrationObject({ metadata: { name: 'old' }, status: { phase: 'Failed' } });
  const running = aMigrationObject();
  expect([...unfinishedByInstance([over, running])]).toEqual([['team-a/web-1', running]]);
});

it('a table grows with what is in it, and pads no last column', () => {
  const table = new Table(['A', 'B']);
  expect(table.lines([['long', 'x']], 'WithHead')).toEqual(['A      B', 'long   x']);
  expect(
    table.lines(
      [
        ['longer', 'y'],
        ['z', ''],
      ],
      'WithoutHead',
    ),
  ).toEqual(['longer   y', 'z        ']);
});
