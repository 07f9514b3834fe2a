import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { leaseOf } from '../../../../src/domain/instance/lease.ts';
import { aRecord, instance, SINCE, type Record } from './leased.ts';

describe('whatever the lease', () => {
  const seconds = fc.integer({ min: 1, max: 99_999 });
  const onExpiry = fc.constantFrom('Unrescue', 'Stop', 'Keep');
  const after = (ms: number) => new Date(Date.parse(SINCE) + ms).toISOString();

  it('is over for good: not before its time, and at every instant from then on, looked at when you like', () => {
    const looks = fc.array(fc.integer({ min: 0, max: 2_000_000_000 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(seconds, onExpiry, looks, (length, action, instants) => {
        const fields = { expiresAfter: `${length}s`, onExpiry: action };
        let record: Record | undefined = aRecord(fields);
        for (const ms of instants.toSorted((a, b) => a - b)) {
          const lease = leaseOf(instance(fields, record), after(ms));
          const over = ms >= length * 1_000;
          expect(lease.record?.expired?.action).toBe(over ? action : undefined);
          expect(lease.rescue !== undefined).toBe(!over || action === 'Keep');
          expect(lease.record?.since).toBe(SINCE);
          ({ record } = lease);
        }
      }),
    );
  });

  it('counts from the start of the rescue, however often it is changed before it is over', () => {
    fc.assert(
      fc.property(fc.array(seconds, { minLength: 1, maxLength: 5 }), onExpiry, (lengths, action) => {
        let record: Record | undefined = aRecord({});
        for (const length of lengths) {
          ({ record } = leaseOf(instance({ expiresAfter: `${length}s`, onExpiry: action }, record), SINCE));
          expect(record?.expiresAt).toBe(after(length * 1_000));
        }
      }),
    );
  });

  it('is none without expiresAfter', () => {
    fc.assert(
      fc.property(onExpiry, fc.integer({ min: 0, max: 4_000_000_000_000 }), (action, ms) => {
        const { rescue, record } = leaseOf(instance({ onExpiry: action }, aRecord({})), after(ms));
        expect(rescue).toBeDefined();
        expect(record).toEqual(aRecord({}));
      }),
    );
  });
});
