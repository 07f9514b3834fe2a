import { describe, expect, it } from '@jest/globals';
import {
  isRescueOverdue,
  leaseOf,
  rescueAskedFor,
  untilExpiry,
} from '../../../../src/domain/instance/lease.ts';
import { rescueSession } from '../../../../src/domain/vm.ts';
import { anOperation } from '../../../builders/observation.ts';
import {
  anExpired,
  aRecord,
  instance,
  LATER,
  rescueOf,
  SINCE,
  type Record,
  type RescueFields,
} from './leased.ts';

const IN_AN_HOUR = '2026-11-23T10:00:00.000Z';
const JUST_BEFORE = '2026-11-23T09:59:59.999Z';

const HOUR = { expiresAfter: '1h' };
const UNRESCUE = { ...HOUR, onExpiry: 'Unrescue' } as const;
const STOP = { ...HOUR, onExpiry: 'Stop' } as const;

const ABSENT = { expired: undefined, expiresAt: undefined };

describe('the rescue in force', () => {
  const table: {
    name: string;
    spec: RescueFields | undefined;
    record?: Record;
    now?: string;
    migrating?: true;
    /** Whether the rescue system is to be booted, and what is stored of the rescue. */
    want: { rescued: boolean; record: object | undefined };
  }[] = [
    { name: 'none is asked for', spec: undefined, want: { rescued: false, record: undefined } },
    {
      name: 'it begins, without a lease',
      spec: {},
      now: SINCE,
      want: { rescued: true, record: { since: SINCE } },
    },
    {
      name: 'it begins, with a lease',
      spec: UNRESCUE,
      now: SINCE,
      want: { rescued: true, record: { since: SINCE, expiresAt: IN_AN_HOUR } },
    },
    {
      name: 'it goes on until the last moment of its lease',
      spec: UNRESCUE,
      record: aRecord(UNRESCUE),
      now: JUST_BEFORE,
      want: { rescued: true, record: { since: SINCE, expiresAt: IN_AN_HOUR } },
    },
    {
      name: 'Unrescue ends it',
      spec: UNRESCUE,
      record: aRecord(UNRESCUE),
      now: IN_AN_HOUR,
      want: { rescued: false, record: { since: SINCE, expired: { action: 'Unrescue' } } },
    },
    {
      name: 'Stop ends it',
      spec: STOP,
      record: aRecord(STOP),
      now: IN_AN_HOUR,
      want: { rescued: false, record: { since: SINCE, expired: { action: 'Stop' } } },
    },
    {
      name: 'Keep only tells it',
      spec: HOUR,
      record: aRecord(HOUR),
      now: IN_AN_HOUR,
      want: { rescued: true, record: { since: SINCE, expired: { action: 'Keep' } } },
    },
    {
      name: 'one that has ended stays so, as it was',
      spec: UNRESCUE,
      record: anExpired(UNRESCUE),
      want: { rescued: false, record: anExpired(UNRESCUE) },
    },
    {
      name: 'one that has ended is forgotten when it is asked for no longer',
      spec: undefined,
      record: anExpired(UNRESCUE),
      want: { rescued: false, record: undefined },
    },
    ...[{ ...UNRESCUE, expiresAfter: '2h' }, { onExpiry: 'Unrescue' as const }, STOP, HOUR].map((spec) => ({
      name: `one that has ended begins anew with a changed lease: ${JSON.stringify(spec)}`,
      spec,
      record: anExpired(UNRESCUE),
      want: { rescued: true, record: { since: LATER } },
    })),
    {
      name: 'one that has ended begins anew with another rescue system',
      spec: { ...UNRESCUE, device: 'Disk' },
      record: anExpired(UNRESCUE),
      want: { rescued: true, record: { since: LATER, expiresAt: '2026-11-23T12:00:00.000Z' } },
    },
    {
      name: 'a longer lease counts from its start',
      spec: { ...UNRESCUE, expiresAfter: '3h' },
      record: aRecord(UNRESCUE),
      want: { rescued: true, record: { since: SINCE, expiresAt: '2026-11-23T12:00:00.000Z' } },
    },
    {
      name: 'a lease that is taken away never expires',
      spec: {},
      record: aRecord(UNRESCUE, { expiresAt: IN_AN_HOUR }),
      want: { rescued: true, record: { since: SINCE, expiresAt: undefined } },
    },
    {
      name: 'a lease that is cut to the past ends it now',
      spec: { ...UNRESCUE, expiresAfter: '1s' },
      record: aRecord(UNRESCUE, { expiresAt: '2026-11-23T20:00:00.000Z' }),
      want: {
        rescued: false,
        record: { expiresAt: '2026-11-23T09:00:01.000Z', expired: { action: 'Unrescue' } },
      },
    },
    {
      name: 'one that was kept goes on with a longer lease, from its start',
      spec: { expiresAfter: '3h' },
      record: anExpired(HOUR),
      want: { rescued: true, record: { since: SINCE, expiresAt: '2026-11-23T12:00:00.000Z' } },
    },
    {
      name: 'one that was kept ends when it need no longer be',
      spec: UNRESCUE,
      record: anExpired(HOUR),
      want: { rescued: false, record: { since: SINCE, expired: { action: 'Unrescue' } } },
    },
    {
      name: 'another rescue system begins a lease of its own',
      spec: { ...UNRESCUE, device: 'Disk' },
      record: aRecord(UNRESCUE),
      want: { rescued: true, record: { since: LATER, expiresAt: '2026-11-23T12:00:00.000Z' } },
    },
    {
      name: 'while it migrates, an expiry is held back',
      spec: UNRESCUE,
      record: aRecord(UNRESCUE),
      migrating: true,
      want: { rescued: true, record: aRecord(UNRESCUE) },
    },
    {
      name: 'while it migrates, one that is kept is told all the same',
      spec: HOUR,
      record: aRecord(HOUR),
      migrating: true,
      want: { rescued: true, record: { expired: { action: 'Keep' } } },
    },
    {
      name: 'while it migrates, a longer lease is seen at once',
      spec: { ...UNRESCUE, expiresAfter: '3h' },
      record: aRecord(UNRESCUE),
      migrating: true,
      want: { rescued: true, record: { expiresAt: '2026-11-23T12:00:00.000Z' } },
    },
    {
      name: 'while it migrates, another rescue system is held back',
      spec: { ...UNRESCUE, device: 'Disk' },
      record: aRecord(UNRESCUE),
      migrating: true,
      want: { rescued: true, record: aRecord(UNRESCUE) },
    },
    {
      name: 'while it migrates, an unrescue is held back',
      spec: undefined,
      record: aRecord(UNRESCUE),
      migrating: true,
      want: { rescued: false, record: aRecord(UNRESCUE) },
    },
    {
      name: 'while it migrates, a rescue has not begun',
      spec: UNRESCUE,
      migrating: true,
      want: { rescued: true, record: undefined },
    },
    {
      name: 'while it migrates, one that had ended stays so',
      spec: UNRESCUE,
      record: anExpired(UNRESCUE),
      migrating: true,
      want: { rescued: false, record: anExpired(UNRESCUE) },
    },
    {
      name: 'while it migrates, one that had ended is forgotten at once: nothing is to be done for it',
      spec: undefined,
      record: anExpired(UNRESCUE),
      migrating: true,
      want: { rescued: false, record: undefined },
    },
  ];

  it.each(table)('$name', ({ spec, record: stored, now = LATER, migrating, want }) => {
    const operation = migrating && anOperation('Migrate');
    const lease = leaseOf(instance(spec, stored, operation), now);
    expect(lease.rescue !== undefined).toBe(want.rescued);
    const record = lease.record && { ...ABSENT, ...lease.record };
    expect({ record }).toMatchObject({ record: want.record && { expired: undefined, ...want.record } });
  });

  it('names what is booted', () => {
    const source = { persistentVolumeClaim: { claimName: 'tools' } };
    expect(leaseOf(instance({ source }, undefined), SINCE).record).toEqual({
      since: SINCE,
      image: 'tools',
      session: rescueSession(rescueOf({ source })),
    });
  });
});

describe('a rescue is overdue', () => {
  it.each<{ name: string; spec: RescueFields | undefined; record?: Record; now?: string; want: boolean }>([
    { name: 'when its lease is over', spec: UNRESCUE, record: aRecord(UNRESCUE), want: true },
    { name: 'when it is to be stopped', spec: STOP, record: aRecord(STOP), want: true },
    { name: 'not before', spec: UNRESCUE, record: aRecord(UNRESCUE), now: JUST_BEFORE, want: false },
    { name: 'not where it is kept', spec: HOUR, record: aRecord(HOUR), want: false },
    { name: 'not where it has been ended', spec: UNRESCUE, record: anExpired(UNRESCUE), want: false },
    {
      name: 'not where another is asked for',
      spec: { ...UNRESCUE, device: 'Disk' },
      record: aRecord(UNRESCUE),
      want: false,
    },
    { name: 'not before it has begun', spec: UNRESCUE, want: false },
    { name: 'not where there is none', spec: undefined, record: aRecord(UNRESCUE), want: false },
  ])('$name', ({ spec, record, now = LATER, want }) => {
    expect(isRescueOverdue(instance(spec, record, anOperation('Migrate')), now)).toBe(want);
  });
});

describe('what a spec asks for', () => {
  it.each<{ name: string; spec: RescueFields | undefined; record?: Record; want: boolean }>([
    { name: 'nothing', spec: undefined, want: false },
    { name: 'a rescue', spec: UNRESCUE, want: true },
    {
      name: 'nothing more, where its lease has ended it',
      spec: UNRESCUE,
      record: anExpired(UNRESCUE),
      want: false,
    },
    { name: 'a rescue, where another was ended', spec: STOP, record: anExpired(UNRESCUE), want: true },
    { name: 'a rescue that was kept', spec: HOUR, record: anExpired(HOUR), want: true },
  ])('$name', ({ spec, record, want }) => {
    expect(rescueAskedFor(instance(spec, undefined).spec, record) !== undefined).toBe(want);
  });
});

describe('the time until it expires', () => {
  it.each([
    { name: 'of no rescue', record: undefined, want: undefined },
    { name: 'of one without a lease', record: aRecord({}), want: undefined },
    { name: 'of a running lease', record: aRecord(HOUR, { expiresAt: IN_AN_HOUR }), want: 1 },
    { name: 'of one that is over', record: aRecord(HOUR, { expiresAt: JUST_BEFORE }), want: undefined },
  ])('$name', ({ record, want }) => {
    expect(untilExpiry(record, JUST_BEFORE)).toBe(want);
  });
});
