import { describe, expect, it } from '@jest/globals';
import type { OnExpiry } from '../../../../src/api/rescue.ts';
import type { ObservedVm } from '../../../../src/domain/observed.ts';
import { aRescue } from '../../../builders/instance.ts';
import { anObservedMigration, MIGRATION_UID, NOW } from '../../../builders/observation.ts';
import { anObservedVm, type SpecFields } from '../../../builders/vm.ts';
import {
  BEFORE,
  RESCUE,
  RESCUED_VM,
  type Situation,
  statusOf,
  brief,
  message,
  MIGRATING,
} from './statuses.ts';

describe('a rescue that has expired', () => {
  const lease = (onExpiry: OnExpiry) => ({ rescue: aRescue({ expiresAfter: '1h', onExpiry }) });
  const begun = {
    since: BEFORE,
    image: 'registry.example/rescue:1',
    session: RESCUED_VM.stored.boot.session,
  };
  const ended = (onExpiry: OnExpiry) =>
    statusOf({ spec: lease(onExpiry), vm: RESCUED_VM, status: { rescue: begun } });
  const when = `The lease of the rescue of Instance default/web-1 expired at ${NOW}.`;

  it.each<{ name: string; situation: Situation; want: string[]; text: string }>([
    {
      name: 'and is kept',
      situation: { spec: lease('Keep'), vm: RESCUED_VM, status: { rescue: begun } },
      want: ['Reconciling=False Settled', 'Rescued=True LeaseExpired', 'Ready=True Rescued'],
      text: 'The rescue goes on, as spec.rescue.onExpiry says. Remove spec.rescue to unrescue the Instance, or set a longer spec.rescue.expiresAfter.',
    },
    {
      name: 'and is being ended',
      situation: { spec: lease('Unrescue'), vm: RESCUED_VM, status: { rescue: begun } },
      want: ['Reconciling=True Unrescuing', 'Rescued=Unknown LeaseExpired', 'Ready=False Unrescuing'],
      text: 'The Instance is Unrescuing.',
    },
    {
      name: 'and was ended',
      situation: { spec: lease('Unrescue'), status: ended('Unrescue'), lock: 'Unrescue' },
      want: ['Reconciling=False Settled', 'Rescued=False LeaseExpired', 'Ready=True Running'],
      text: 'It was unrescued. Remove spec.rescue, or change it to rescue the Instance again.',
    },
    {
      name: 'and was stopped',
      situation: {
        spec: lease('Stop'),
        status: ended('Stop'),
        lock: 'Unrescue',
        vm: anObservedVm({ power: 'Off', running: undefined }),
      },
      want: ['Reconciling=False Settled', 'Rescued=False LeaseExpired', 'Ready=True Stopped'],
      text: 'It was stopped. Remove spec.rescue, so that spec.powerState applies, or change it to rescue the Instance again.',
    },
  ])('$name says since when, and what to do', ({ situation, want, text }) => {
    const status = statusOf(situation);
    expect(brief(status)).toEqual(expect.arrayContaining(want));
    expect(message(status, 'Rescued')).toBe(`${when} ${text}`);
  });

  it('while it migrates is shown as Rescued, and nothing is said to wait', () => {
    const status = { ...MIGRATING.status, rescue: begun };
    const conditions = brief(statusOf({ ...MIGRATING, spec: lease('Unrescue'), vm: RESCUED_VM, status }));
    expect(conditions).toEqual(
      expect.arrayContaining([
        'Reconciling=False Settled',
        'Rescued=True RescueBooted',
        'RestartPending=False UpToDate',
        'Ready=True Rescued',
      ]),
    );
  });
});

describe('what is asked for while the VM migrates', () => {
  it.each<{ name: string; spec: SpecFields; vm: ObservedVm | undefined }>([
    { name: 'a rescue', spec: RESCUE, vm: undefined },
    { name: 'an unrescue', spec: {}, vm: RESCUED_VM },
    { name: 'another rescue', spec: { rescue: aRescue({ device: 'Disk' }) }, vm: RESCUED_VM },
    { name: 'a stop', spec: { powerState: 'Stopped' }, vm: undefined },
  ])('is not done yet, and waits for its end: $name', ({ spec, vm }) => {
    const status = statusOf({ ...MIGRATING, spec, ...(vm && { vm }) });
    expect(brief(status)).toEqual(
      expect.arrayContaining([
        'Reconciling=True MigrationInProgress',
        'RestartPending=True MigrationInProgress',
        'Ready=False MigrationInProgress',
      ]),
    );
    expect(message(status, 'Ready')).toBe(
      'A live migration is under way: what spec.rescue and spec.powerState ask for is carried out when it is over. ' +
        'Abort the migration to have it sooner.',
    );
  });
});

describe('the rescue in the status', () => {
  const held = { since: BEFORE, image: 'registry.example/rescue:1', session: RESCUED_VM.stored.boot.session };

  it.each<Situation & { name: string; want: unknown }>([
    { name: 'keeps its start', spec: RESCUE, vm: RESCUED_VM, want: held },
    {
      name: 'keeps its start when only the lease changes',
      spec: { rescue: aRescue({ expiresAfter: '4h' }) },
      vm: RESCUED_VM,
      want: { ...held, expiresAt: '2026-11-23T13:00:00.000Z' },
    },
    {
      name: 'remembers that its lease has expired',
      spec: { rescue: aRescue({ expiresAfter: '1h', onExpiry: 'Unrescue' }) },
      vm: RESCUED_VM,
      want: {
        ...held,
        expiresAt: NOW,
        expired: { action: 'Unrescue', lease: expect.stringMatching(/^[0-9a-f]{16}$/) },
      },
    },
    {
      name: 'does not change while the Instance is stalled',
      spec: { rescue: aRescue({ device: 'Disk' }) },
      vm: anObservedVm({ instanceUid: 'other' }),
      want: held,
    },
    {
      name: 'begins anew with another rescue system',
      spec: { rescue: aRescue({ device: 'Disk' }) },
      vm: RESCUED_VM,
      want: { ...held, since: NOW, session: expect.not.stringMatching(held.session) },
    },
    { name: 'is gone with the rescue', vm: RESCUED_VM, want: undefined },
    {
      name: 'stays as it is while the VM migrates, although it was edited away',
      ...MIGRATING,
      vm: RESCUED_VM,
      want: held,
    },
    {
      name: 'is gone with the lock of a migration whose LiveMigration is gone, where it was edited away',
      ...MIGRATING,
      migration: {
        uid: MIGRATION_UID,
        exists: false,
        observed: anObservedMigration({ phase: 'Failed' }),
      },
      vm: RESCUED_VM,
      want: undefined,
    },
  ])('$name', ({ name: _, want, ...situation }) => {
    const status = { ...situation.status, rescue: held };
    expect(statusOf({ ...situation, status }).rescue).toEqual(want);
  });

  it.each([
    { source: { persistentVolumeClaim: { claimName: 'tools' } }, want: 'tools' },
    { source: { volume: { pool: 'images', name: 'tools.iso' } }, want: 'images/tools.iso' },
  ])('names what is booted: $want', ({ source, want }) => {
    expect(statusOf({ spec: { rescue: aRescue({ source }) } }).rescue?.image).toBe(want);
  });
});
