import { describe, expect, it } from '@jest/globals';
import { nextExpiry } from '../../../src/controllers/next-expiry.ts';
import { NOW } from '../../builders/observation.ts';

const RESCUE = { since: '2026-11-23T09:00:00.000Z', image: 'tools', session: 'abc' };

describe('for the lease of a rescue, an Instance is looked at again', () => {
  it.each([
    { name: 'never, without a rescue', rescue: undefined, want: undefined },
    { name: 'never, without a lease', rescue: RESCUE, want: undefined },
    { name: 'when it expires', rescue: { ...RESCUE, expiresAt: '2026-11-23T10:00:02.500Z' }, want: 2_500 },
    {
      name: 'within the hour, however far that is: clocks are set, and a timer of a month would end at once',
      rescue: { ...RESCUE, expiresAt: '2027-11-23T10:00:00.000Z' },
      want: 3_600_000,
    },
    { name: 'never, once it is over', rescue: { ...RESCUE, expiresAt: NOW }, want: undefined },
  ])('$name', ({ rescue, want }) => {
    expect(nextExpiry(rescue, NOW).after).toBe(want);
  });
});
