import { describe, expect, it } from '@jest/globals';
import { observeMigration, unfinishedMigration } from '../../../../src/drivers/libvirt/observe-migration.ts';
import { observeVm, type OwnKnowledge } from '../../../../src/drivers/libvirt/observe.ts';
import type { GuestState } from '../../../../src/drivers/libvirt/statistics.ts';
import { viewOf, type Place } from '../../../../src/drivers/libvirt/view.ts';
import { INSTANCE_UID } from '../../../builders/vm.ts';
import { anOrder } from './orders.ts';
import { aDomain, aView, comesIn, ended, isStoredOn, JOB, MOVE, runsOn } from './views.ts';

const nothing: OwnKnowledge = { ending: undefined, trouble: undefined, drift: [], notMigratable: undefined };
const trouble = { reason: 'BootFailed', message: 'libvirt says: no such volume' } as const;

describe('a VM as it is observed', () => {
  it('is what its domain says: whose it is, what is stored, what runs', () => {
    const running = aDomain({ mode: 'Rescue', bootId: 'boot-7' });
    const place = runsOn('node-a', {}, { running });
    const [normal, rescued] = [anOrder(), anOrder({}, {})];
    expect(observeVm(aView(place), { ...nothing, trouble })).toEqual({
      uid: 'vm-1',
      ownership: { kind: 'Instance', uid: INSTANCE_UID, deletionPolicy: 'Delete' },
      identity: normal.vm.identity,
      writes: ['volume "fast/web-1-root"', 'volume "fast/web-1-data"'],
      stored: { boot: normal.vm.boot, power: 'On', drift: [], node: 'node-a' },
      running: {
        bootId: 'boot-7',
        boot: rescued.vm.boot,
        phase: 'Running',
        node: 'node-a',
        notMigratable: undefined,
      },
      trouble: undefined,
    });
  });

  it('that does not run says what is in its way', () => {
    const vm = observeVm(aView(isStoredOn('node-a')), { ...nothing, trouble });
    expect(vm).toMatchObject({ running: undefined, trouble, stored: { power: 'On' } });
  });

  it.each([
    ['Running', 'Running'],
    ['Paused', 'Paused'],
    ['Moving', 'Running'],
    ['PostCopy', 'Running'],
    ['PostCopyFailed', 'Running'],
    ['Starting', 'Starting'],
    ['Stopping', 'Stopping'],
    ['Crashed', 'Ended'],
  ] satisfies [GuestState, string][])('whose guest libvirt calls %s is %s', (state, want) => {
    expect(observeVm(aView(runsOn('node-a', {}, { state })), nothing).running?.phase).toBe(want);
  });

  it.each([
    ['has crashed says so', 'Crashed', { reason: 'GuestPanicked', message: 'its panic device says so' }],
    ['is there says nothing of what was in the way before', 'Running', undefined],
  ] satisfies [string, GuestState, unknown][])('whose guest %s', (_what, state, want) => {
    const vm = observeVm(aView(runsOn('node-a', {}, { state })), { ...nothing, trouble });
    expect(vm.trouble).toEqual(want);
  });

  it('whose boot was ordered to end is on its way out', () => {
    const view = aView(runsOn('node-a', { bootId: 'boot-1' }));
    expect(observeVm(view, { ...nothing, ending: 'boot-1' }).running?.phase).toBe('Stopping');
    expect(observeVm(view, { ...nothing, ending: 'boot-0' }).running?.phase).toBe('Running');
  });

  it('that somebody else has made is nobody’s, and was booted by nobody we know', () => {
    const domain = { ...aDomain(), vm: undefined, serial: undefined };
    const { uuid } = domain;
    const vm = observeVm(aView(runsOn('node-a', {}, { running: domain, stored: domain })), nothing);
    expect(vm).toMatchObject({
      uid: uuid,
      ownership: { kind: 'Nobody' },
      identity: { firmwareUUID: uuid, serial: uuid, macAddresses: {} },
      stored: { power: 'On', boot: { mode: 'Normal', session: '', specHash: '' } },
      running: { bootId: uuid, boot: { mode: 'Normal' } },
    });
  });

  it('is nowhere without a domain', () => {
    expect(viewOf([])).toBeUndefined();
  });
});

const moving = { migration: MOVE };

describe('where the guest is, while two hosts have it', () => {
  const rows: { name: string; places: Place[]; want: string }[] = [
    {
      name: 'before the transfer: on the source',
      places: [comesIn('node-b', moving), runsOn('node-a', moving)],
      want: 'node-a',
    },
    {
      name: 'while it is handed over and both stand still: on the source',
      places: [comesIn('node-b', moving), runsOn('node-a', moving, { state: 'Moving' })],
      want: 'node-a',
    },
    {
      name: 'when the destination runs it: there',
      places: [
        runsOn('node-a', moving, { state: 'Moving' }),
        comesIn('node-b', moving, { state: 'Running' }),
      ],
      want: 'node-b',
    },
    {
      name: 'in post-copy: on the destination',
      places: [
        runsOn('node-a', moving, { state: 'Moving' }),
        comesIn('node-b', moving, { state: 'PostCopy' }),
      ],
      want: 'node-b',
    },
    {
      name: 'in post-copy that was interrupted: on the destination',
      places: [
        runsOn('node-a', moving, { state: 'PostCopyFailed' }),
        comesIn('node-b', moving, { state: 'PostCopyFailed' }),
      ],
      want: 'node-b',
    },
    {
      name: 'where it only is stored elsewhere: where it runs',
      places: [isStoredOn('node-a'), runsOn('node-b')],
      want: 'node-b',
    },
  ];
  it.each(rows)('$name', ({ places, want }) => {
    expect(observeVm(aView(...places), nothing).running?.node).toBe(want);
  });
});

const SUCCESS = { outcome: 'Succeeded', at: '2026-11-23T10:00:09.000Z', words: '' } as const;
const FIGURES = {
  downtime: 76,
  memoryTotalBytes: 200,
  memoryProcessedBytes: 120,
  diskTotalBytes: 0,
  diskProcessedBytes: 0,
};

describe('a migration as it is observed', () => {
  const rows: { name: string; places: Place[]; want: object }[] = [
    {
      name: 'before there is a job: Preparing',
      places: [runsOn('node-a', moving)],
      want: { phase: 'Preparing' },
    },
    {
      name: 'with a job: Running, with its figures',
      places: [runsOn('node-a', moving, { job: JOB }), comesIn('node-b', moving)],
      want: { phase: 'Running', progress: { percent: 60 }, aborting: false, endedAt: undefined },
    },
    {
      name: 'in post-copy: PostCopy',
      places: [
        runsOn('node-a', moving, { state: 'Moving', job: JOB }),
        comesIn('node-b', moving, { state: 'PostCopy' }),
      ],
      want: { phase: 'PostCopy' },
    },
    {
      name: 'in post-copy that was interrupted: PostCopy, with what happened and what to do',
      places: [
        runsOn('node-a', moving, { state: 'PostCopyFailed', job: JOB }),
        comesIn('node-b', moving, { state: 'PostCopyFailed' }),
      ],
      want: {
        phase: 'PostCopy',
        trouble: {
          reason: 'PostCopyInterrupted',
          message:
            'VM default/web-1: nodes "node-a" and "node-b" have lost their connection in post-copy: ' +
            'the guest is on node "node-b", and waits for memory that is on node "node-a". ' +
            'Restore the network between them: the transfer is resumed by itself then. Until then keep both nodes up: ' +
            'without either of them the guest is lost, and is booted anew.',
        },
      },
    },
    {
      name: 'arrived, and nobody has said so: Completing',
      places: [runsOn('node-b', moving)],
      want: { phase: 'Completing' },
    },
    {
      name: 'with its end written: Succeeded',
      places: [runsOn('node-b', { migration: ended('Succeeded') })],
      want: { phase: 'Succeeded', aborting: false, endedAt: '2026-11-23T10:00:09.000Z', trouble: undefined },
    },
    {
      name: 'with its end written, and the figures of it: these',
      places: [runsOn('node-b', { migration: { ...MOVE, end: { ...SUCCESS, figures: FIGURES } } })],
      want: {
        phase: 'Succeeded',
        progress: {
          percent: 100,
          memoryTotalBytes: 200,
          memoryProcessedBytes: 120,
          memoryRemainingBytes: 0,
          diskTotalBytes: 0,
          diskProcessedBytes: 0,
          diskRemainingBytes: 0,
        },
        downtimeMilliseconds: 76,
      },
    },
    {
      name: 'with its end written, whose figures nobody has: all of it, after a time that is not known',
      places: [runsOn('node-b', { migration: ended('Succeeded') })],
      want: {
        progress: { percent: 100, memoryRemainingBytes: 0, diskRemainingBytes: 0 },
        downtimeMilliseconds: undefined,
      },
    },
    {
      name: 'with its end written: Failed, in libvirt’s words',
      places: [runsOn('node-a', { migration: ended('Failed', 'no route') })],
      want: {
        phase: 'Failed',
        aborting: false,
        progress: undefined,
        trouble: { reason: 'MigrationFailed', message: 'no route' },
      },
    },
    {
      name: 'aborted: Failed, and that it was aborted',
      places: [runsOn('node-a', { migration: ended('Aborted', 'as asked') })],
      want: { phase: 'Failed', aborting: true, trouble: { reason: 'Aborted', message: 'as asked' } },
    },
    {
      name: 'what a former host still has of it does not count',
      places: [isStoredOn('node-a', moving), runsOn('node-b', { migration: ended('Succeeded') })],
      want: { phase: 'Succeeded' },
    },
  ];
  it.each(rows)('$name', ({ places, want }) => {
    const { source, destination, startedAt } = MOVE;
    const seen = observeMigration(aView(...places), 'm-1', undefined);
    expect(seen).toMatchObject({ source, destination, startedAt, ...want });
  });

  it('that is being aborted says so until its end', () => {
    const transfer = { uid: 'm-1', isOver: false, words: '', abortedAt: 1 };
    const over = aView(runsOn('node-b', { migration: ended('Succeeded') }));
    expect(observeMigration(aView(runsOn('node-a', moving)), 'm-1', transfer)?.aborting).toBe(true);
    expect(observeMigration(over, 'm-1', transfer)?.aborting).toBe(false);
  });

  it('that was forced to its end says so; what was ordered of another one is nothing to it', () => {
    const forced = { uid: 'm-1', isOver: false, words: '', isForced: true };
    const view = aView(runsOn('node-a', moving));
    expect(observeMigration(view, 'm-1', forced)?.completion).toBe('Forced');
    expect(observeMigration(view, 'm-1', { ...forced, uid: 'm-2' })).not.toHaveProperty('completion');
  });

  it('in post-copy that could not be resumed says why, in the words of libvirt', () => {
    const view = aView(
      runsOn('node-a', moving, { state: 'PostCopyFailed', job: JOB }),
      comesIn('node-b', moving, { state: 'PostCopyFailed' }),
    );
    const transfer = { uid: 'm-1', isOver: true, words: '', notResumed: 'Connection refused' };
    expect(observeMigration(view, 'm-1', transfer)?.trouble?.message).toMatch(
      /booted anew\. The last attempt to resume it has failed: Connection refused\.$/,
    );
    expect(observeMigration(view, 'm-1', { ...transfer, uid: 'm-0' })?.trouble?.message).toMatch(
      /booted anew\.$/,
    );
  });

  it('whose end could not be written says where and why, and what to do', () => {
    const transfer = {
      uid: 'm-1',
      isOver: true,
      words: '',
      notEnded: { node: 'node-a', words: 'no answer' },
    };
    const seen = observeMigration(aView(isStoredOn('node-a', moving)), 'm-1', transfer);
    expect(seen?.trouble).toEqual({
      reason: 'EndNotWritten',
      message:
        'VM default/web-1: the end of its migration can\'t be written on node "node-a": no answer. ' +
        'It is tried again, and it is not started before. If this stays, restart libvirtd on node "node-a": guests run on meanwhile.',
    });
  });

  it('of another uid is not known', () => {
    expect(observeMigration(aView(runsOn('node-a', moving)), 'm-2', undefined)).toBeUndefined();
    expect(observeMigration(aView(runsOn('node-a')), 'm-1', undefined)).toBeUndefined();
  });

  it('is among those that are not over until it is', () => {
    const { source, destination } = MOVE;
    expect(unfinishedMigration(aView(runsOn('node-a', moving)), 'default.web-1')).toEqual({
      uid: 'm-1',
      madeFor: 'LiveMigration',
      kind: 'domain',
      name: 'default.web-1',
      phase: 'Preparing',
      source,
      destination,
      createdAt: MOVE.startedAt,
    });
    expect(
      unfinishedMigration(aView(runsOn('node-b', { migration: ended('Succeeded') })), 'x'),
    ).toBeUndefined();
  });
});
