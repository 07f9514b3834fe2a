import { describe, expect, it } from '@jest/globals';
import {
  nextStep,
  type Circumstances,
  type Step,
  type VmMemory,
} from '../../../../src/drivers/libvirt/settle.ts';
import type { Place } from '../../../../src/drivers/libvirt/view.ts';
import { aView, comesIn, ended, isStoredOn, JOB, MOVE, runsOn } from './views.ts';

const NOW = Date.parse('2026-11-23T10:00:10Z');
const END = '2026-11-23T10:00:10.000Z';

interface Row {
  readonly name: string;
  readonly places: readonly Place[];
  readonly memory?: VmMemory;
  /** Nodes whose hosts do not answer. */
  readonly away?: readonly string[];
  readonly want: Step;
}

const NONE: Step = { kind: 'None' };
const FOLLOW: Step = { kind: 'Wait', ms: 1_000 };
const moving = { migration: MOVE };
const over = { uid: 'm-1', isOver: true, words: 'libvirt says: no' };

const power: Row[] = [
  { name: 'what runs and should is left alone', places: [runsOn('node-a')], want: NONE },
  {
    name: 'what is off and should be is left alone',
    places: [isStoredOn('node-a', { power: 'Off' })],
    want: NONE,
  },
  {
    name: 'what should run is started where it is stored',
    places: [isStoredOn('node-a')],
    want: { kind: 'Start', node: 'node-a' },
  },
  {
    name: 'on a host that is away nothing is started',
    places: [isStoredOn('node-a')],
    away: ['node-a'],
    want: NONE,
  },
  {
    name: 'what did not start is tried again after its pause',
    places: [isStoredOn('node-a')],
    memory: { failedStart: { attempts: 1, retryAt: NOW + 4_000, words: '' } },
    want: { kind: 'Wait', ms: 4_000 },
  },
  {
    name: 'and then it is',
    places: [isStoredOn('node-a')],
    memory: { failedStart: { attempts: 1, retryAt: NOW, words: '' } },
    want: { kind: 'Start', node: 'node-a' },
  },
  {
    name: 'a boot whose end was ordered is ended, should the order have been lost',
    places: [runsOn('node-a', { bootId: 'boot-1' })],
    memory: { ending: 'boot-1' },
    want: { kind: 'Destroy', node: 'node-a' },
  },
  {
    name: 'the boot after it is not',
    places: [runsOn('node-a', { bootId: 'boot-2' })],
    memory: { ending: 'boot-1' },
    want: NONE,
  },
  {
    name: 'a guest that crashed and is kept by libvirt is cleared away, to be started again',
    places: [runsOn('node-a', {}, { state: 'Crashed' })],
    want: { kind: 'Destroy', node: 'node-a' },
  },
  {
    name: 'a guest that somebody has paused stays so',
    places: [runsOn('node-a', {}, { state: 'Paused' })],
    want: NONE,
  },
  {
    name: 'what should not run is asked to shut down',
    places: [runsOn('node-a', { power: 'Off' })],
    want: { kind: 'ShutDown', node: 'node-a' },
  },
  {
    name: 'it has its time for that',
    places: [runsOn('node-a', { power: 'Off' })],
    memory: { askedToShutDown: NOW - 20_000 },
    want: { kind: 'Wait', ms: 40_000 },
  },
  {
    name: 'and is ended when that is over',
    places: [runsOn('node-a', { power: 'Off' })],
    memory: { askedToShutDown: NOW - 60_000 },
    want: { kind: 'Destroy', node: 'node-a' },
  },
];

const transfers: Row[] = [
  {
    name: 'a transfer is followed',
    places: [runsOn('node-a', moving, { job: JOB }), comesIn('node-b', moving)],
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
    name: 'who comes later, and finds it neither here nor there, says that nobody followed it',
    places: [runsOn('node-a', moving)],
    want: {
      kind: 'WriteEnd',
      node: 'node-a',
      end: { outcome: 'Failed', at: END, words: 'The migration was interrupted while nobody followed it.' },
    },
  },
  {
    name: 'who comes later, and finds it arrived, says so',
    places: [runsOn('node-b', moving)],
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

describe('the next step with a VM', () => {
  it.each([...power, ...transfers])('$name', ({ places, memory = {}, away = [], want }) => {
    const circumstances: Circumstances = {
      now: NOW,
      shutdownLimit: 60_000,
      isHeardOf: (node) => !away.includes(node),
    };
    expect(nextStep(aView(...places), memory, circumstances)).toEqual(want);
  });

  it('is none with a domain that we have not made', () => {
    const [place] = [isStoredOn('node-a')];
    const stored = place.stored && { ...place.stored, vm: undefined };
    const circumstances = { now: NOW, shutdownLimit: 0, isHeardOf: () => true };
    expect(nextStep(aView({ ...place, stored }), {}, circumstances)).toEqual(NONE);
  });
});
