import { describe, expect, it } from '@jest/globals';
import type { Step } from '../../../../src/drivers/libvirt/settle.ts';
import { NOW, stepOf, type StepRow } from './step-rows.ts';
import { isStoredOn, JOB, MOVE, runsOn } from './views.ts';

const END = '2026-11-23T10:00:10.000Z';
const FOLLOW: Step = { kind: 'Wait', ms: 1_000 };
const moving = { migration: MOVE };
const over = { uid: 'm-1', isOver: true, words: 'libvirt says: no' };

const failed = { state: 'PostCopyFailed', job: JOB } as const;
const [leftBehind, strandedThere] = [
  runsOn('node-a', moving, failed),
  runsOn('node-b', moving, { state: 'PostCopyFailed' }),
];
const LOST = 'The transfer was interrupted in post-copy, and the guest was lost';

const interrupted: StepRow[] = [
  {
    name: 'post-copy that was interrupted is resumed when both sides know it',
    places: [leftBehind, strandedThere],
    want: { kind: 'Resume', node: 'node-a' },
  },
  {
    name: 'not again at once',
    places: [leftBehind, strandedThere],
    memory: { transfer: { ...over, resumedAt: NOW - 9_999 } },
    want: FOLLOW,
  },
  {
    name: 'but again',
    places: [leftBehind, strandedThere],
    memory: { transfer: { ...over, resumedAt: NOW - 10_000 } },
    want: { kind: 'Resume', node: 'node-a' },
  },
  {
    name: 'an abort of it is of no use',
    places: [leftBehind, strandedThere],
    memory: { transfer: { ...over, abortedAt: NOW - 60_000, resumedAt: NOW } },
    want: FOLLOW,
  },
  {
    name: 'not while the destination has not noticed: the transfer may go on by itself',
    places: [leftBehind, runsOn('node-b', moving, { state: 'PostCopy' })],
    want: FOLLOW,
  },
  ...['node-a', 'node-b'].map((node) => ({
    name: `not while ${node} is not heard of`,
    places: [leftBehind, strandedThere],
    away: [node],
    want: FOLLOW,
  })),
  {
    name: 'what the source has left is ended when the destination has nothing: it is no guest',
    places: [leftBehind],
    want: { kind: 'Destroy', node: 'node-a', because: `${LOST}: it has ended on node "node-b".` },
  },
  {
    name: 'not while the destination is not heard of: the guest may run there',
    places: [leftBehind],
    away: ['node-b'],
    want: FOLLOW,
  },
  {
    name: 'what the destination has is ended when the source has nothing',
    places: [strandedThere],
    want: {
      kind: 'Destroy',
      node: 'node-b',
      because: `${LOST}: the rest of its memory has gone on node "node-a".`,
    },
  },
  {
    name: 'not while the source is not heard of',
    places: [strandedThere],
    away: ['node-a'],
    want: FOLLOW,
  },
  {
    name: 'a guest that has just all of its memory is not yet there, as long as libvirt calls it post-copy',
    places: [runsOn('node-b', moving, { state: 'PostCopy' })],
    memory: { transfer: over },
    want: FOLLOW,
  },
  {
    name: 'and has arrived when it does not, though the source keeps what it stores',
    places: [isStoredOn('node-a', moving), runsOn('node-b', moving)],
    memory: { transfer: over },
    want: { kind: 'WriteEnd', node: 'node-b', end: { outcome: 'Succeeded', at: END, words: '' } },
  },
  {
    name: 'of one that was lost the end says why',
    places: [isStoredOn('node-a', moving)],
    memory: { transfer: { ...over, lost: `${LOST}.` } },
    want: { kind: 'WriteEnd', node: 'node-a', end: { outcome: 'Failed', at: END, words: `${LOST}.` } },
  },
];

describe('the next step after post-copy was interrupted', () => {
  it.each(interrupted)('$name', ({ want, ...row }) => {
    expect(stepOf({ memory: { transfer: over }, ...row, want })).toEqual(want);
  });
});
