import { describe, expect, it } from '@jest/globals';
import { nextStep } from '../../../../src/drivers/libvirt/settle.ts';
import { NONE, NOW, stepOf, type StepRow } from './step-rows.ts';
import { aDomain, aView, isStoredOn, runsOn } from './views.ts';

const power: StepRow[] = [
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
    name: 'nothing is done by itself for a VM of a namespace that others look after',
    places: [isStoredOn('node-a')],
    isLookedAfter: false,
    want: NONE,
  },
  {
    name: 'what is left of an Instance that is gone is not started: its disks may be another’s by now',
    places: [isStoredOn('node-a', { instanceUid: 'gone' })],
    gone: ['gone'],
    want: NONE,
  },
  {
    name: 'what was retained of it is',
    places: [isStoredOn('node-a', { instanceUid: 'gone', deletionPolicy: 'Retain' })],
    gone: ['gone'],
    want: { kind: 'Start', node: 'node-a' },
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
    name: 'a guest that has crashed is noted',
    places: [runsOn('node-a', { bootId: 'boot-2' }, { state: 'Crashed' })],
    memory: { crash: { bootId: 'boot-1', restartAt: NOW - 5_000 } },
    want: { kind: 'NoteCrash', node: 'node-a', bootId: 'boot-2' },
  },
  {
    name: 'it stays as it is for a pause',
    places: [runsOn('node-a', { bootId: 'boot-2' }, { state: 'Crashed' })],
    memory: { crash: { bootId: 'boot-2', restartAt: NOW + 5_000 } },
    want: { kind: 'Wait', ms: 5_000 },
  },
  {
    name: 'and is cleared away after it, to be started again',
    places: [runsOn('node-a', { bootId: 'boot-2' }, { state: 'Crashed' })],
    memory: { crash: { bootId: 'boot-2', restartAt: NOW } },
    want: { kind: 'Destroy', node: 'node-a' },
  },
  {
    name: 'a guest that has crashed is not in the way of its rescue',
    places: [runsOn('node-a', {}, { state: 'Crashed', stored: aDomain({ mode: 'Rescue' }) })],
    want: { kind: 'Destroy', node: 'node-a' },
  },
  {
    name: 'a guest that has crashed is not asked to shut down',
    places: [runsOn('node-a', { power: 'Off' }, { state: 'Crashed' })],
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

describe('the next step with a VM', () => {
  it.each(power)('$name', (row) => {
    expect(stepOf(row)).toEqual(row.want);
  });

  it('is none with a domain that we have not made', () => {
    const [place] = [isStoredOn('node-a')];
    const stored = place.stored && { ...place.stored, vm: undefined };
    const always = { isLookedAfter: true, isHeardOf: () => true, hasInstance: () => true };
    const circumstances = { ...always, now: NOW, shutdownLimit: 0 };
    expect(nextStep(aView({ ...place, stored }), {}, circumstances)).toEqual(NONE);
  });
});
