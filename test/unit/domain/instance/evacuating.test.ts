import { describe, expect, it } from '@jest/globals';
import type { Prospect } from '../../../../src/domain/evacuation/prospect.ts';
import { evacuating, evacuationNote } from '../../../../src/domain/instance/evacuating.ts';
import { ago } from '../../../builders/evacuation.ts';
import {
  anInstanceObservation,
  anOperation,
  aStatus,
  aStoredInstance,
  NOW,
} from '../../../builders/observation.ts';

const BLOCKED = { reason: 'NoDestination', message: 'no other node' } as const;

interface Sight {
  readonly askedAgo?: number;
  readonly cordoned?: boolean;
  readonly blocked?: Prospect['blocked'];
}

function observe({ askedAgo = 5_000, cordoned = true, blocked }: Sight) {
  const evacuation = { node: 'node-a', podUID: 'pod-1', requestedAt: ago(askedAgo) };
  return anInstanceObservation({
    instance: aStoredInstance({ status: aStatus({ evacuation }) }),
    evacuation: {
      request: { node: 'node-a', id: 'pod-1', requestedAt: ago(askedAgo) },
      cordoned,
      prospect: { blocked, candidates: [] },
    },
  });
}

const FREE = { lock: undefined };
const MIGRATING = { lock: anOperation('Migrate') };

describe('condition Evacuating', () => {
  it.each([
    { name: 'nobody asks', observation: anInstanceObservation(), want: 'False NotEvacuating' },
    { name: 'a drain asks', observation: observe({}), want: 'True Waiting' },
    {
      name: 'a drain asks, and it is blocked',
      observation: observe({ blocked: BLOCKED }),
      want: 'True NoDestination',
    },
    { name: 'the drain has ended', observation: observe({ askedAgo: 30_000 }), want: 'False NotEvacuating' },
    {
      name: 'the node is not cordoned',
      observation: observe({ cordoned: false }),
      want: 'False NotEvacuating',
    },
    { name: 'it is on its way', observation: observe({}), decision: MIGRATING, want: 'True LiveMigration' },
    {
      name: 'it is on its way, and the drain has ended',
      observation: observe({ askedAgo: 90_000, cordoned: false }),
      decision: MIGRATING,
      want: 'True LiveMigration',
    },
    {
      name: 'somebody migrates it, and nobody drains',
      observation: anInstanceObservation(),
      decision: MIGRATING,
      want: 'False NotEvacuating',
    },
  ])('$name', ({ observation, decision = FREE, want }) => {
    const { status, reason } = evacuating({ observation, decision, now: NOW });
    expect(`${status} ${reason}`).toBe(want);
  });

  it('says in whole sentences what goes on', () => {
    expect(evacuating({ observation: observe({}), decision: FREE, now: NOW }).message).toBe(
      'Node "node-a" is being drained; the VM waits for its turn.',
    );
    expect(evacuating({ observation: observe({}), decision: MIGRATING, now: NOW }).message).toBe(
      'Node "node-a" is being drained; a live migration takes the VM away.',
    );
    expect(evacuating({ observation: observe({ blocked: BLOCKED }), decision: FREE, now: NOW }).message).toBe(
      'no other node',
    );
  });
});

describe('the note of an eviction', () => {
  it.each([
    { name: 'is kept while the drain asks', observation: observe({}), kept: true },
    {
      name: 'is kept while the node is uncordoned for a moment',
      observation: observe({ cordoned: false }),
      kept: true,
    },
    { name: 'is dropped when the drain has ended', observation: observe({ askedAgo: 30_000 }), kept: false },
    {
      name: 'is kept while the VM is on its way',
      observation: observe({ askedAgo: 90_000 }),
      decision: MIGRATING,
      kept: true,
    },
    {
      name: 'is dropped when the VM has left',
      observation: { ...observe({}), evacuation: undefined },
      kept: false,
    },
  ])('$name', ({ observation, decision = FREE, kept }) => {
    expect(evacuationNote(observation, decision, NOW)).toEqual(
      kept ? observation.instance.status?.evacuation : undefined,
    );
  });
});
