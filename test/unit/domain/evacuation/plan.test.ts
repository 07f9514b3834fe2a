import { describe, expect, it } from '@jest/globals';
import {
  planEvacuation,
  type Evacuee,
  type EvacuationStep,
  type Flight,
} from '../../../../src/domain/evacuation/plan.ts';
import { aDeparture, ago, anEvacuee, DRAIN_SETTINGS } from '../../../builders/evacuation.ts';
import { NOW_MS } from '../../../builders/observation.ts';

const { limits } = DRAIN_SETTINGS;
const START: EvacuationStep = { kind: 'Start', attempt: 1, destination: undefined };
const OBSTACLE = { reason: 'NoCapableDestination', message: 'no destination' } as const;

const from = (...sources: readonly string[]): Flight[] =>
  sources.map((source) => ({ source, destination: undefined }));
const to = (...destinations: readonly string[]): Flight[] =>
  destinations.map((destination, index) => ({ source: `elsewhere-${index}`, destination }));
const failed = (times: number, endedAt: string | undefined): Partial<Evacuee> => ({
  past: { next: times + 1, failed: times, endedAt },
});

interface Row {
  readonly name: string;
  readonly evacuee?: Partial<Evacuee>;
  readonly flights?: readonly Flight[];
  readonly want: EvacuationStep;
}

const NAMED = { destinationBy: 'Order' } as const;

/** The truth table of the planner: one VM, whatever is true of it. */
const ROWS: readonly Row[] = [
  { name: 'a VM that may go is started', want: START },
  {
    name: 'what is in its way blocks it, in its own words',
    evacuee: { prospect: { blocked: OBSTACLE, candidates: [] } },
    want: { kind: 'Blocked', ...OBSTACLE },
  },
  {
    name: 'one that is blocked is blocked also when there is no room',
    evacuee: { prospect: { blocked: OBSTACLE, candidates: [] } },
    flights: from('node-a', 'node-a'),
    want: { kind: 'Blocked', ...OBSTACLE },
  },
  { name: 'a drain that asked 29.9 s ago goes on', evacuee: { requestedAt: ago(29_999) }, want: START },
  {
    name: 'a drain that has not asked for 30 s has ended',
    evacuee: { requestedAt: ago(30_000) },
    want: { kind: 'Ended', because: 'NotAskedAgain' },
  },
  {
    name: 'what was asked before somebody has deleted its migration is cancelled',
    evacuee: { cancelledAt: ago(5_000) },
    want: { kind: 'Ended', because: 'NotAskedAgain' },
  },
  { name: 'a drain that has asked since goes on', evacuee: { cancelledAt: ago(5_001) }, want: START },
  {
    name: 'a mark of the backend stands until it is taken back',
    evacuee: { requestedAt: undefined, cancelledAt: ago(0) },
    want: START,
  },
  {
    name: 'uncordoned, nothing is started',
    evacuee: { cordoned: false },
    want: { kind: 'Ended', because: 'Uncordoned' },
  },
  {
    name: 'what is under way is followed, also after the drain',
    evacuee: { underWay: aDeparture(), cordoned: false, requestedAt: ago(90_000) },
    want: { kind: 'UnderWay', departure: aDeparture() },
  },
  {
    name: 'a source with one takes another',
    flights: from('node-a'),
    want: START,
  },
  {
    name: 'a source with two takes no third',
    flights: from('node-a', 'node-a'),
    want: { kind: 'Queued', place: 1 },
  },
  { name: 'a cluster with four takes a fifth', flights: from('b', 'c', 'd', 'e'), want: START },
  {
    name: 'a cluster with five takes no sixth',
    flights: from('b', 'c', 'd', 'e', 'f'),
    want: { kind: 'Queued', place: 1 },
  },
  {
    name: 'where the order names the destination, the one with the fewest arrivals is taken',
    evacuee: NAMED,
    flights: to('node-b'),
    want: { ...START, destination: 'node-c' },
  },
  {
    name: 'of two that are as good, the first by name',
    evacuee: NAMED,
    want: { ...START, destination: 'node-b' },
  },
  {
    name: 'of two that are as good, the first by name, however they are listed',
    evacuee: { ...NAMED, prospect: { blocked: undefined, candidates: ['node-c', 'node-b'] } },
    want: { ...START, destination: 'node-b' },
  },
  {
    name: 'one that has no candidate waits',
    evacuee: { ...NAMED, prospect: { blocked: undefined, candidates: [] } },
    want: { kind: 'Queued', place: 1 },
  },
  {
    name: 'a destination with two takes no third',
    evacuee: { ...NAMED, prospect: { blocked: undefined, candidates: ['node-b'] } },
    flights: to('node-b', 'node-b'),
    want: { kind: 'Queued', place: 1 },
  },
  {
    name: 'where the backend chooses, that counts for nothing',
    flights: to('node-b', 'node-b', 'node-c', 'node-c'),
    want: START,
  },
  {
    name: 'a failure is waited out for 20 s',
    evacuee: failed(1, ago(5_000)),
    want: { kind: 'BackOff', waitMs: 15_000, failed: 1 },
  },
  {
    name: 'the third pause is 80 s',
    evacuee: failed(3, ago(0)),
    want: { kind: 'BackOff', waitMs: 80_000, failed: 3 },
  },
  {
    name: 'no pause is longer than 5 min',
    evacuee: failed(9, ago(0)),
    want: { kind: 'BackOff', waitMs: 300_000, failed: 9 },
  },
  {
    name: 'after its pause it is tried again',
    evacuee: failed(1, ago(20_000)),
    want: { ...START, attempt: 2 },
  },
  { name: 'a success is not waited out', evacuee: failed(0, ago(1_000)), want: START },
  {
    name: 'of an end that nobody wrote down no pause is made up',
    evacuee: failed(1, undefined),
    want: { ...START, attempt: 2 },
  },
];

describe('the plan of a drain, for one VM', () => {
  it.each(ROWS)('$name', ({ evacuee, flights = [], want }) => {
    const one = anEvacuee(evacuee);
    expect(planEvacuation([one], flights, limits, NOW_MS).get(one.key)).toEqual(want);
  });
});

describe('the plan of a drain, for several VMs', () => {
  const kinds = (evacuees: readonly Evacuee[]) =>
    Object.fromEntries(
      [...planEvacuation(evacuees, [], limits, NOW_MS)].map(([key, step]) => [
        key,
        step.kind === 'Queued' ? step.place : step.kind,
      ]),
    );

  it('the turn goes by priority, then by name, and who has none knows the place', () => {
    const evacuees = ['d', 'b', 'a', 'c'].map((key) => anEvacuee({ key, priority: key === 'd' ? 7 : 0 }));
    expect(kinds(evacuees)).toEqual({ d: 'Start', a: 'Start', b: 1, c: 2 });
  });

  it('the turn goes by priority also where it is below zero, or all have one', () => {
    const priorities = Object.entries({ a: -5, b: 3, c: 7, d: -9 });
    expect(kinds(priorities.map(([key, priority]) => anEvacuee({ key, priority })))).toEqual({
      c: 'Start',
      b: 'Start',
      a: 1,
      d: 2,
    });
  });

  it('one that is blocked, waits for another attempt or has gone takes nobody’s turn', () => {
    const blocked = { prospect: { blocked: OBSTACLE, candidates: [] } };
    expect(
      kinds([
        anEvacuee({ key: 'a', ...blocked }),
        anEvacuee({ key: 'b', ...failed(1, ago(0)) }),
        anEvacuee({ key: 'c', requestedAt: ago(60_000) }),
        anEvacuee({ key: 'd' }),
        anEvacuee({ key: 'e' }),
      ]),
    ).toEqual({ a: 'Blocked', b: 'BackOff', c: 'Ended', d: 'Start', e: 'Start' });
  });

  it('two nodes that are drained at once share the limit of the cluster', () => {
    const evacuees = ['a1', 'a2', 'b1', 'b2', 'c1', 'c2'].map((key) =>
      anEvacuee({ key, source: key.slice(0, 1) }),
    );
    expect(kinds(evacuees)).toEqual({
      a1: 'Start',
      a2: 'Start',
      b1: 'Start',
      b2: 'Start',
      c1: 'Start',
      c2: 1,
    });
  });

  it('one whose priority is high does not wait for another node’s queue', () => {
    const evacuees = ['a', 'b', 'c', 'other'].map((key) =>
      anEvacuee({ key, source: key === 'other' ? 'node-b' : 'node-a' }),
    );
    expect(kinds(evacuees)).toEqual({ a: 'Start', b: 'Start', c: 1, other: 'Start' });
  });
});
