import { describe, expect, it } from '@jest/globals';
import type { Step } from '../../../../src/drivers/libvirt/settle.ts';
import { foundTransfer, isTooLateToBegin } from '../../../../src/drivers/libvirt/transfer-memory.ts';
import { NONE, NOW, stepOf, type StepRow } from './step-rows.ts';
import { comesIn, ended, isStoredOn, JOB, MOVE, runsOn } from './views.ts';

const END = '2026-11-23T10:00:10.000Z';
const FOLLOW: Step = { kind: 'Wait', ms: 1_000 };
const moving = { migration: MOVE };
const over = { uid: 'm-1', isOver: true, words: 'libvirt says: no' };

const transfers: StepRow[] = [
  {
    name: 'a transfer is followed',
    places: [runsOn('node-a', moving, { job: JOB }), comesIn('node-b', moving)],
    memory: { transfer: { ...over, isOver: false } },
    want: FOLLOW,
  },
  {
    name: 'one that is to be aborted is told so once there is a job',
    places: [runsOn('node-a', moving, { job: JOB })],
    memory: { transfer: { ...over, isOver: false, abortedAt: NOW - 3_000 } },
    want: { kind: 'Abort', node: 'node-a' },
  },
  {
    name: 'but not again at once',
    places: [runsOn('node-a', moving, { job: JOB })],
    memory: { transfer: { ...over, isOver: false, abortedAt: NOW - 2_999 } },
    want: FOLLOW,
  },
  {
    name: 'before the call has ended nothing is concluded',
    places: [runsOn('node-a', moving)],
    memory: { transfer: { ...over, isOver: false } },
    want: FOLLOW,
  },
  {
    name: 'it has succeeded when the destination runs it, and the source does not',
    places: [runsOn('node-b', moving)],
    memory: { transfer: over },
    want: { kind: 'WriteEnd', node: 'node-b', end: { outcome: 'Succeeded', at: END, words: '' } },
  },
  {
    name: 'not yet where the destination has not stored it',
    places: [comesIn('node-b', moving, { state: 'Running' })],
    memory: { transfer: over },
    want: FOLLOW,
  },
  {
    name: 'not while the source is not heard of: it may run there, too',
    places: [runsOn('node-b', moving)],
    memory: { transfer: over },
    away: ['node-a'],
    want: FOLLOW,
  },
  {
    name: 'not while both have it',
    places: [runsOn('node-a', moving), comesIn('node-b', moving)],
    memory: { transfer: over },
    want: FOLLOW,
  },
  {
    name: 'it has failed when the source runs it, and the destination has nothing',
    places: [runsOn('node-a', moving)],
    memory: { transfer: over },
    want: { kind: 'WriteEnd', node: 'node-a', end: { outcome: 'Failed', at: END, words: over.words } },
  },
  {
    name: 'it was aborted when that was ordered',
    places: [runsOn('node-a', moving)],
    memory: { transfer: { ...over, abortedAt: NOW } },
    want: { kind: 'WriteEnd', node: 'node-a', end: { outcome: 'Aborted', at: END, words: over.words } },
  },
  {
    name: 'not while the destination is not heard of: it may run there',
    places: [runsOn('node-a', moving)],
    memory: { transfer: over },
    away: ['node-b'],
    want: FOLLOW,
  },
  {
    name: 'one that this process has not begun is noted',
    places: [runsOn('node-a', moving)],
    memory: { transfer: { ...over, uid: 'm-0' } },
    want: { kind: 'NoteTransfer', node: 'node-a', uid: 'm-1' },
  },
  {
    name: 'it may be about to begin: whoever has ordered it is heard out, though nothing can be seen of it',
    places: [runsOn('node-a', moving)],
    memory: { transfer: foundTransfer('m-1', NOW - 19_999) },
    want: FOLLOW,
  },
  {
    name: 'also by who is told to abort it',
    places: [runsOn('node-a', moving)],
    memory: { transfer: { ...foundTransfer('m-1', NOW - 19_999), abortedAt: NOW - 5_000 } },
    want: FOLLOW,
  },
  {
    name: 'also while the guest has ended: started again, it would be sent in its next boot',
    places: [isStoredOn('node-a', moving)],
    memory: { transfer: foundTransfer('m-1', NOW - 19_999) },
    want: FOLLOW,
  },
  {
    name: 'after that nobody followed it',
    places: [runsOn('node-a', moving)],
    memory: { transfer: foundTransfer('m-1', NOW - 20_000) },
    want: {
      kind: 'WriteEnd',
      node: 'node-a',
      end: { outcome: 'Failed', at: END, words: 'The migration was interrupted while nobody followed it.' },
    },
  },
  {
    name: 'but while there is a job it is under way, for however long',
    places: [runsOn('node-a', moving, { job: JOB })],
    memory: { transfer: foundTransfer('m-1', NOW - 3_600_000) },
    want: FOLLOW,
  },
  {
    name: 'that it has arrived is seen by everybody, whoever has begun it',
    places: [runsOn('node-b', moving)],
    memory: { transfer: foundTransfer('m-1', NOW) },
    want: { kind: 'WriteEnd', node: 'node-b', end: { outcome: 'Succeeded', at: END, words: '' } },
  },
  {
    name: 'a guest that was lost on the way is told of where it is stored, before it is started again',
    places: [isStoredOn('node-a', moving)],
    memory: { transfer: over },
    want: { kind: 'WriteEnd', node: 'node-a', end: { outcome: 'Failed', at: END, words: over.words } },
  },
  {
    name: 'after the end it runs on',
    places: [runsOn('node-b', { migration: ended('Succeeded') })],
    memory: { transfer: over },
    want: NONE,
  },
  {
    name: 'a host that was fenced is back with what it had: it goes, since the VM was made anew elsewhere',
    places: [isStoredOn('node-a', { uid: 'vm-before' }), runsOn('node-b')],
    want: { kind: 'Undefine', node: 'node-a' },
  },
  {
    name: 'what the source could not forget is cleared away',
    places: [isStoredOn('node-a', moving), runsOn('node-b', { migration: ended('Succeeded') })],
    want: { kind: 'Undefine', node: 'node-a' },
  },
  {
    name: 'also where the guest was stopped meanwhile',
    places: [isStoredOn('node-a', moving), isStoredOn('node-b', { migration: ended('Succeeded') })],
    want: { kind: 'Undefine', node: 'node-a' },
  },
  {
    name: 'and the guest is started where the migration has left it, never from what is left elsewhere',
    places: [isStoredOn('node-a', moving), isStoredOn('node-b', { migration: ended('Succeeded') })],
    away: ['node-a'],
    want: { kind: 'Start', node: 'node-b' },
  },
  {
    name: 'but for a domain of that name which is another VM',
    places: [
      isStoredOn('node-a', { uid: 'vm-2', instanceUid: 'another' }),
      runsOn('node-b', { migration: ended('Succeeded') }),
    ],
    want: NONE,
  },
  {
    name: 'nor is anything done on a host that is away',
    places: [isStoredOn('node-a', moving), runsOn('node-b', { migration: ended('Succeeded') })],
    away: ['node-a'],
    want: NONE,
  },
];

describe('the next step with a VM that is moved, or was', () => {
  it.each(transfers)('$name', (row) => {
    expect(stepOf(row)).toEqual(row.want);
  });
});

describe('a transfer whose record is written', () => {
  it.each([
    { name: 'is sent on its way', since: 10_000, want: false },
    { name: 'is not, once others may say that it has failed', since: 10_001, want: true },
  ])('$name $since ms later', ({ since, want }) => {
    expect(isTooLateToBegin(NOW - since, NOW)).toBe(want);
  });
});
