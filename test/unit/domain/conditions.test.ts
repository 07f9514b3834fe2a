import { describe, expect, it } from '@jest/globals';
import { conditionsFrom } from '../../../src/domain/conditions.ts';

const BEFORE = '2026-11-23T09:00:00.000Z';
const NOW = '2026-11-23T10:00:00.000Z';
const SAID = { type: 'Ready', status: 'True', reason: 'Running', message: 'It runs.' } as const;
const HELD = { ...SAID, observedGeneration: 1, lastTransitionTime: BEFORE };

describe('conditions', () => {
  it.each([
    { name: 'begin now when they were not there', previous: undefined, want: NOW },
    { name: 'keep their time while their status is the same', previous: [HELD], want: BEFORE },
    {
      name: 'keep their time when only reason and message change',
      previous: [{ ...HELD, reason: 'Rescued', message: 'Other words.' }],
      want: BEFORE,
    },
    {
      name: 'begin anew when their status changes',
      previous: [{ ...HELD, status: 'False' as const }],
      want: NOW,
    },
    {
      name: 'do not take the time of another type',
      previous: [{ ...HELD, type: 'Stalled' }],
      want: NOW,
    },
  ])('$name', ({ previous, want }) => {
    expect(conditionsFrom([SAID], previous, 2, NOW)).toEqual([
      { ...SAID, observedGeneration: 2, lastTransitionTime: want },
    ]);
  });

  it('are in the order in which they are said, and those that are not said any more are gone', () => {
    const other = { ...SAID, type: 'Stalled' };
    const conditions = conditionsFrom([other, SAID], [{ ...HELD, type: 'Gone' }, HELD], 1, NOW);
    expect(conditions.map(({ type }) => type)).toEqual(['Stalled', 'Ready']);
  });
});
