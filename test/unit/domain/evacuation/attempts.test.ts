import { describe, expect, it } from '@jest/globals';
import type { MigrationPhase } from '../../../../src/api/live-migration.ts';
import { DRAINED_NODE_LABEL, EVICTED_LABEL } from '../../../../src/api/names.ts';
import { drainMigration, isMadeByDrain, pastAttempts } from '../../../../src/domain/evacuation/attempts.ts';
import { aStoredMigration, NOW } from '../../../builders/observation.ts';

const ID = '7d3790d0-63e5-4173-961a-b00dcefa633b';

function attempt(number: number, phase?: MigrationPhase, id = ID) {
  return aStoredMigration({
    metadata: { name: `web-1-drain-${id}-${number}`, labels: { [EVICTED_LABEL]: id } },
    status:
      phase === undefined
        ? undefined
        : { observedGeneration: 1, phase, ...(phase !== 'Running' && { completionTime: NOW }) },
  });
}

describe('what was tried before', () => {
  it.each([
    { name: 'nothing', migrations: [], want: { next: 1, failed: 0, endedAt: undefined } },
    {
      name: 'two failures, in whatever order they are told',
      migrations: [attempt(2, 'Failed'), attempt(1, 'Failed')],
      want: { next: 3, failed: 2, endedAt: NOW },
    },
    {
      name: 'an abort counts as one',
      migrations: [attempt(1, 'Aborted')],
      want: { next: 2, failed: 1, endedAt: NOW },
    },
    {
      name: 'a success ends the count',
      migrations: [attempt(1, 'Failed'), attempt(2, 'Succeeded'), attempt(10, 'Failed')],
      want: { next: 11, failed: 1, endedAt: NOW },
    },
    {
      name: 'one under way has its number and no end',
      migrations: [attempt(1, 'Running')],
      want: { next: 2, failed: 0, endedAt: undefined },
    },
    {
      name: 'those of another eviction, and of people, are none of it',
      migrations: [attempt(4, 'Failed', 'another'), aStoredMigration()],
      want: { next: 1, failed: 0, endedAt: undefined },
    },
  ])('$name', ({ migrations, want }) => {
    expect(pastAttempts(migrations, { id: ID })).toEqual(want);
  });
});

describe('the LiveMigration of a drain', () => {
  const owner = { namespace: 'team-a', name: 'web-1', uid: 'uid-1' };
  const request = { node: 'node-a', id: ID, requestedAt: NOW };

  it('has a name made of what it is for, is owned by its Instance, and is known again', () => {
    const migration = drainMigration(owner, request, { attempt: 2, destination: undefined });
    expect(migration).toEqual({
      metadata: {
        namespace: 'team-a',
        name: `web-1-drain-${ID}-2`,
        labels: {
          'compute.medevac.dev/instance-uid': 'uid-1',
          'compute.medevac.dev/evicted': ID,
          'compute.medevac.dev/drained-node': 'node-a',
        },
        ownerReferences: [
          { apiVersion: 'compute.medevac.dev/v1beta1', kind: 'Instance', name: 'web-1', uid: 'uid-1' },
        ],
      },
      spec: { instanceName: 'web-1' },
    });
    expect(isMadeByDrain(aStoredMigration({ metadata: { labels: migration.metadata.labels } }))).toBe(true);
    expect(isMadeByDrain(aStoredMigration())).toBe(false);
  });

  it('names the destination where the order has to', () => {
    expect(drainMigration(owner, request, { attempt: 1, destination: 'node-b' }).spec).toEqual({
      instanceName: 'web-1',
      destination: { nodeName: 'node-b' },
    });
  });

  it('of a node whose name is too long for a label has one that is short, and its own', () => {
    const long = 'n'.repeat(70);
    const labelOf = (node: string) =>
      drainMigration(owner, { ...request, node }, { attempt: 1, destination: undefined }).metadata.labels[
        DRAINED_NODE_LABEL
      ];
    expect(labelOf(long)).toMatch(/^n{46}-[0-9a-f]{16}$/);
    expect(labelOf(long)).not.toBe(labelOf(`${long}x`));
  });
});
