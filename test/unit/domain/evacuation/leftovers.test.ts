import { describe, expect, it } from '@jest/globals';
import type { LiveMigration } from '../../../../src/api/live-migration.ts';
import { EVICTED_LABEL } from '../../../../src/api/names.ts';
import {
  isCancelled,
  isMarkOver,
  isWithoutPlace,
  superfluous,
  type Search,
} from '../../../../src/domain/evacuation/leftovers.ts';
import {
  announceBlock,
  announceCancellation,
  announceNoPlace,
} from '../../../../src/domain/evacuation/announcements.ts';
import type { ObservedMigration } from '../../../../src/domain/observed.ts';
import { ago } from '../../../builders/evacuation.ts';
import { anObservedMigration, aStoredMigration, NOW_MS } from '../../../builders/observation.ts';

const labels = { [EVICTED_LABEL]: 'pod-1' };
const at = (phase: ObservedMigration['phase']) => anObservedMigration({ phase });

function aDrains(fields: { status?: LiveMigration['status']; abort?: boolean } = {}) {
  const { status, abort = false } = fields;
  return aStoredMigration({ metadata: { labels }, status, spec: { abort } });
}

/** One of a drain that somebody has deleted, and that a finalizer holds. */
function aDeleted() {
  return aStoredMigration({
    metadata: { labels, creationTimestamp: ago(60_000), deletionTimestamp: ago(0) },
    spec: { abort: false },
  });
}

describe('a migration of a drain whose node is uncordoned', () => {
  it.each([
    { name: 'is aborted before the driver knows it', observed: undefined, want: true },
    { name: 'is aborted while it is queued', observed: at('Queued'), want: true },
    { name: 'is aborted while it is prepared', observed: at('Preparing'), want: true },
    { name: 'goes on when the transfer has begun', observed: at('Running'), want: false },
    { name: 'goes on when it is about to arrive', observed: at('Completing'), want: false },
    { name: 'goes on while the node is cordoned', observed: undefined, cordoned: true, want: false },
    {
      name: 'goes on when nothing is known of the node',
      observed: undefined,
      cordoned: undefined,
      want: false,
    },
    { name: 'is aborted once', observed: undefined, migration: aDrains({ abort: true }), want: false },
    { name: 'is left to who has deleted it', observed: undefined, migration: aDeleted(), want: false },
    {
      name: 'is left alone when it is over',
      observed: undefined,
      migration: aDrains({ status: { observedGeneration: 1, phase: 'Failed' } }),
      want: false,
    },
  ])('$name', ({ observed, migration = aDrains(), want, ...rest }) => {
    expect(isCancelled(migration, observed, 'cordoned' in rest ? rest.cordoned : false)).toBe(want);
  });
});

describe('a migration of a drain for which kube-scheduler finds no node', () => {
  const words = '0/4 nodes are available';
  const awaited = { kind: 'Awaited', words } as const;
  const since = (ms: number) =>
    aStoredMigration({ metadata: { labels, creationTimestamp: ago(ms) }, spec: { abort: false } });

  it.each<{ name: string; search: Partial<Search>; want: boolean }>([
    { name: 'is aborted after a minute', search: {}, want: true },
    { name: 'waits a minute', search: { migration: since(59_999) }, want: false },
    {
      name: 'goes on when there is a node',
      search: { destination: { kind: 'Named', node: 'node-b' } },
      want: false,
    },
    { name: 'goes on where nobody looks for one', search: { destination: undefined }, want: false },
    { name: 'goes on when the driver knows it', search: { observed: at('Preparing') }, want: false },
    { name: 'is aborted once', search: { migration: aDrains({ abort: true }) }, want: false },
    { name: 'is left to who has deleted it', search: { migration: aDeleted() }, want: false },
  ])('$name', ({ search, want }) => {
    const seen = { migration: since(60_000), observed: undefined, destination: awaited, ...search };
    expect(isWithoutPlace(seen, 60_000, NOW_MS)).toBe(want);
  });

  it('is told of where kube-scheduler says nothing yet', () => {
    expect(announceNoPlace('team-a/web-1', 'web-1-drain-1', undefined).note).toContain(
      'no node is found for it. LiveMigration',
    );
  });

  it('is told of', () => {
    expect(announceNoPlace('team-a/web-1', 'web-1-drain-1', words)).toEqual({
      type: 'Warning',
      reason: 'EvacuationBlocked',
      action: 'Evacuate',
      note:
        "The drain can't move Instance team-a/web-1: no node is found for it (0/4 nodes are available). " +
        'LiveMigration web-1-drain-1 is aborted, so that others have their turn; another one follows. Free or add a node that fits.',
    });
  });
});

describe('what drains have made and is over', () => {
  const over = (name: string, ms: number, own = true) =>
    aStoredMigration({
      metadata: { name, ...(own && { labels }) },
      status: { observedGeneration: 1, phase: 'Succeeded', completionTime: ago(ms) },
    });
  const names = (migrations: readonly LiveMigration[]) => migrations.map(({ metadata }) => metadata.name);

  it('is kept but for the oldest', () => {
    const migrations = [over('second', 20), over('first', 10), over('fourth', 40), over('third', 30)];
    expect(names(superfluous(migrations, 2))).toEqual(['fourth', 'third']);
    expect(superfluous(migrations, 4)).toEqual([]);
  });

  it('is not what people have made, or what is under way', () => {
    expect(superfluous([over('a', 10, false), aDrains(), over('b', 20)], 1)).toEqual([]);
  });
});

describe("the backend's mark of an eviction", () => {
  const note = { node: 'node-a', podUID: 'pod', requestedAt: ago(5_000) };

  it.each([
    { when: 'nobody has told us of its drain', note: undefined, cordoned: true, over: false },
    {
      when: 'we were told of one on another node',
      note: { ...note, node: 'node-b' },
      cordoned: true,
      over: false,
    },
    { when: 'its drain has asked us as well', note, cordoned: true, over: true },
    { when: 'its node was uncordoned', note: undefined, cordoned: false, over: true },
    { when: 'its node is gone', note: undefined, cordoned: undefined, over: true },
  ])('is over: $over, where $when', ({ note: seen, cordoned, over: want }) => {
    expect(isMarkOver('node-a', { note: seen, cordoned })).toBe(want);
  });
});

describe('the Events of a drain', () => {
  it('have the words of the obstacle, and the name of what is aborted', () => {
    expect(announceBlock({ kind: 'Blocked', reason: 'NoDestination', message: 'no node' })).toEqual({
      type: 'Warning',
      reason: 'EvacuationBlocked',
      action: 'Evacuate',
      note: 'no node',
    });
    expect(announceCancellation('node-a', 'web-1-drain-x-1')).toEqual({
      type: 'Normal',
      reason: 'EvacuationCancelled',
      action: 'Evacuate',
      note: 'Node "node-a" was uncordoned: LiveMigration web-1-drain-x-1 is aborted before its transfer begins.',
    });
  });
});
