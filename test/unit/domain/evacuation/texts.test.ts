import { describe, expect, it } from '@jest/globals';
import type { EvacuationStep } from '../../../../src/domain/evacuation/plan.ts';
import { besideGuestText, evacuationText } from '../../../../src/domain/evacuation/texts.ts';
import { aDeparture } from '../../../builders/evacuation.ts';

const underWay = (fields: Parameters<typeof aDeparture>[0]): EvacuationStep => ({
  kind: 'UnderWay',
  departure: aDeparture(fields),
});

describe('what a drain prints', () => {
  it.each<{ step: EvacuationStep; want: string }>([
    {
      step: { kind: 'Blocked', reason: 'NoDestination', message: 'as it is blocked' },
      want: 'as it is blocked',
    },
    {
      step: underWay({ percent: 40 }),
      want: 'Instance team-a/web-1 is being live-migrated off node "node-a" to node "node-b" by LiveMigration web-1-drain (Running for 7 s, 40 %).',
    },
    {
      step: underWay({ destination: undefined, phase: 'Queued' }),
      want: 'Instance team-a/web-1 is being live-migrated off node "node-a" by LiveMigration web-1-drain (Queued for 7 s).',
    },
    {
      step: underWay({ destination: undefined, phase: 'Queued', waitsFor: '0/4 nodes are available' }),
      want: 'Instance team-a/web-1 is being live-migrated off node "node-a" by LiveMigration web-1-drain (Queued for 7 s; no node is found for it: 0/4 nodes are available).',
    },
    {
      step: { kind: 'Start', attempt: 2, destination: undefined },
      want: 'Instance team-a/web-1 is about to be live-migrated off node "node-a" (attempt 2).',
    },
    {
      step: { kind: 'Queued', place: 3 },
      want: 'Instance team-a/web-1 waits for its turn to be live-migrated off node "node-a": place 3 in the queue.',
    },
    {
      step: { kind: 'BackOff', waitMs: 14_001, failed: 1 },
      want: 'Instance team-a/web-1 is still on node "node-a": 1 live migration(s) of it did not succeed. The next begins in 15 s; its LiveMigrations say why.',
    },
    {
      step: { kind: 'Ended', because: 'Uncordoned' },
      want: 'Instance team-a/web-1 is not moved: node "node-a" is not cordoned. Cordon it, or use kubectl drain, which does.',
    },
    {
      step: { kind: 'Ended', because: 'NotAskedAgain' },
      want: 'Instance team-a/web-1 is not moved: its eviction from node "node-a" is not asked for any more.',
    },
  ])('$step.kind', ({ step, want }) => {
    expect(evacuationText('team-a/web-1', 'node-a', step)).toBe(want);
  });

  it('says of a pod that the guest is not in where it is', () => {
    expect(besideGuestText('team-a/web-1', 'node-a')).toBe(
      'Instance team-a/web-1 is not in this pod: its VM is on node "node-a". The pod ends with the live migration that it belongs to.',
    );
    expect(besideGuestText('team-a/web-1', undefined)).toContain('its VM is on another node.');
  });
});
