import { describe, expect, it } from '@jest/globals';
import {
  decideMigration,
  isBegun,
  needsDestination,
  type MigrationDecision,
} from '../../../../src/domain/live-migration/decide.ts';
import type { MigrationObservation } from '../../../../src/domain/live-migration/observation.ts';
import { preflight } from '../../../../src/domain/live-migration/preflight.ts';
import { nextMigrationStatus } from '../../../../src/domain/live-migration/status.ts';
import { NOTHING_DONE } from '../../../../src/domain/outcome.ts';
import { aNode } from '../../../builders/nodes.ts';
import { anObservedMigration, NOW_MS } from '../../../builders/observation.ts';
import { ABORT, observe, OURS, SEEN, THEIRS, type Situation } from './situation.ts';

const awaited = (words?: string): MigrationObservation['destination'] => ({ kind: 'Awaited', words });
const WAITS = 'Waiting until kube-scheduler has found a destination for Instance default/web-1.';
const FOUND: MigrationObservation['destination'] = { kind: 'Named', node: 'node-b' };

describe('a LiveMigration whose destination kube-scheduler finds', () => {
  it.each<Situation & { name: string; want: MigrationDecision }>([
    {
      name: 'waits for it',
      destination: awaited(),
      want: { kind: 'Queue', reason: 'WaitingForPlacement', message: WAITS },
    },
    {
      name: 'waits for it with the lock held, too',
      destination: awaited(),
      lock: OURS,
      want: { kind: 'Queue', reason: 'WaitingForPlacement', message: WAITS },
    },
    {
      name: 'says in whose words there is none, and what to do',
      destination: awaited('0/3 nodes are available'),
      want: {
        kind: 'Queue',
        reason: 'WaitingForPlacement',
        message:
          'No destination is found for Instance default/web-1: 0/3 nodes are available. ' +
          'Free or add a node that fits, or abort the LiveMigration; it goes on by itself then.',
      },
    },
    {
      name: 'waits for another operation first',
      destination: awaited(),
      lock: THEIRS,
      want: {
        kind: 'Queue',
        reason: 'InstanceBusy',
        message: 'Waiting until operation Migrate of the Instance is over.',
      },
    },
    { name: 'takes the lock when it is found', destination: FOUND, want: { kind: 'TakeLock' } },
    {
      name: 'starts when it is found, with the lock held',
      destination: FOUND,
      lock: OURS,
      want: { kind: 'Start' },
    },
  ])('$name', ({ name: _, want, ...situation }) => {
    expect(decideMigration(observe(situation), NOW_MS)).toEqual(want);
  });

  it('was let in while it waits: it may start', () => {
    const observation = observe({ destination: awaited() });
    const decision = decideMigration(observation, NOW_MS);
    const status = nextMigrationStatus(observation, decision, NOTHING_DONE, NOW_MS);
    expect(status?.phase).toBe('Queued');
    expect(
      status?.conditions?.map(({ type, status: is, reason, message }) => [type, is, reason, message]),
    ).toEqual([
      ['Admitted', 'True', 'Admitted', 'The migration may start.'],
      ['Reconciling', 'True', 'WaitingForPlacement', WAITS],
      ['Stalled', 'False', 'NotStalled', 'The migration has not failed.'],
      ['Completed', 'False', 'Queued', 'The migration is not over.'],
      ['Ready', 'False', 'Queued', WAITS],
    ]);
  });

  it('is judged by what was found: that may have been cordoned since', () => {
    const nodes = [aNode('node-a'), aNode('node-b', { cordoned: true }), aNode('node-c')];
    expect(preflight(observe({ nodes, destination: FOUND }))).toMatchObject({
      reason: 'DestinationUnavailable',
    });
    expect(preflight(observe({ nodes, destination: awaited() }))).toMatchObject({ kind: 'Admitted' });
  });
});

describe('a place at the destination', () => {
  it.each<Situation & { name: string; want: boolean }>([
    { name: 'is looked for before the lock is taken', want: true },
    { name: 'is waited for', destination: awaited(), want: true },
    { name: 'is needed to start', lock: OURS, want: true },
    { name: 'is held while it goes on', lock: OURS, observed: anObservedMigration(), want: true },
    {
      name: 'is held until an abort is over',
      lock: OURS,
      migration: ABORT,
      observed: anObservedMigration(),
      want: true,
    },
    {
      name: 'is held while it is completed by force',
      lock: OURS,
      migration: { spec: { forceComplete: true } },
      observed: anObservedMigration(),
      want: true,
    },
    { name: 'is held while it is not known whether it began', lock: OURS, migration: ABORT, want: true },
    { name: 'is not needed while another operation goes on', lock: THEIRS, want: false },
    { name: 'is given up at the end', lock: OURS, migration: SEEN, want: false },
    {
      name: 'is given up when it has said how it ended',
      migration: { status: { observedGeneration: 1, phase: 'Failed' } },
      want: false,
    },
    {
      name: 'is given up with the lock',
      lock: OURS,
      migration: { status: { observedGeneration: 1, phase: 'Failed' } },
      want: false,
    },
  ])('$name', ({ name: _, want, ...situation }) => {
    expect(needsDestination(decideMigration(observe(situation), NOW_MS))).toBe(want);
  });
});

describe('the driver may be at work for a LiveMigration that', () => {
  it.each<{ name: string; status: Parameters<typeof isBegun>[0]; want: boolean }>([
    { name: 'has said nothing', status: undefined, want: false },
    { name: 'is queued', status: { observedGeneration: 1, phase: 'Queued' }, want: false },
    {
      name: 'is queued at the driver',
      status: { observedGeneration: 1, phase: 'Queued', attempts: 1 },
      want: true,
    },
    { name: 'is prepared', status: { observedGeneration: 1, phase: 'Preparing' }, want: true },
    { name: 'is over', status: { observedGeneration: 1, phase: 'Failed', attempts: 1 }, want: false },
  ])('$name: $want', ({ status, want }) => {
    expect(isBegun(status)).toBe(want);
  });
});
