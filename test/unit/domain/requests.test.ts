import { describe, expect, it } from '@jest/globals';
import type { InstanceSpec } from '../../../src/api/instance.ts';
import type { ObservedMigration, ObservedVm, RunningVm } from '../../../src/domain/observed.ts';
import { anObservedMigration, aStoredMigration, NOW } from '../../builders/observation.ts';
import { anObservedVm, aRescueSpec, aSpec } from '../../builders/vm.ts';
import { Play } from './play.ts';

/** Long enough for every moment that is waited for. Milliseconds. */
const HOUR = 3_600_000;

/** What KubeVirt shows of a VM while it boots: no VMI, then one in Pending, Scheduling, Scheduled, Running. */
function booting(spec: InstanceSpec, bootId: string): { vm: ObservedVm }[] {
  const nowhere = { bootId, phase: 'Starting', node: undefined } as const;
  const somewhere = { bootId, phase: 'Starting', node: 'node-a' } as const;
  const scenes: (Partial<RunningVm> | undefined)[] = [
    undefined,
    nowhere,
    nowhere,
    somewhere,
    { bootId, phase: 'Running', node: 'node-a' },
  ];
  return scenes.map((running) => ({ vm: anObservedVm({ spec, running }) }));
}

/** What it shows when another boot was stored, and when the one that runs is ended. */
function ending(stored: InstanceSpec, runs: InstanceSpec, bootId: string): { vm: ObservedVm }[] {
  const { boot } = anObservedVm({ spec: runs }).running ?? {};
  const scenes = (['Running', 'Stopping', 'Ended'] as const).map((phase) =>
    anObservedVm({ spec: stored, running: { bootId, phase, ...(boot === undefined ? {} : { boot }) } }),
  );
  return scenes.map((vm) => ({ vm }));
}

/** An Instance that runs, with the requests that made it run. */
function aRunningPlay(): Play {
  return new Play().show({ vm: undefined }, ...booting(aSpec(), 'boot-1'));
}

function rescue(play: Play): void {
  play.edit(aRescueSpec());
  play.show({}, ...ending(aRescueSpec(), aSpec(), 'boot-1'), ...booting(aRescueSpec(), 'boot-2'));
}

/** From what was requested before, the rest. */
function requestsOf(play: Play, act: () => void): string[] {
  const before = play.requests.length;
  act();
  return play.requests.slice(before);
}

function moved(spec: InstanceSpec): ObservedVm {
  return anObservedVm({ spec, running: { bootId: 'boot-2', node: 'node-b' } });
}

/** A migration as KubeVirt shows it; the VM changes its node before the migration is over. */
function migrating(spec: InstanceSpec): { vm?: ObservedVm; migration: ObservedMigration }[] {
  const early = { startedAt: undefined };
  return [
    { migration: anObservedMigration({ phase: 'Queued', destination: undefined, ...early }) },
    { migration: anObservedMigration({ phase: 'Queued', destination: undefined, ...early }) },
    { migration: anObservedMigration({ phase: 'Preparing', ...early }) },
    { migration: anObservedMigration({ phase: 'Running' }) },
    { migration: anObservedMigration({ phase: 'Running' }), vm: moved(spec) },
    { migration: anObservedMigration({ phase: 'Completing' }) },
    { migration: anObservedMigration({ phase: 'Succeeded', endedAt: NOW }) },
  ];
}

describe('the requests of a transition', () => {
  it('create: announce, apply, report', () => {
    expect(aRunningPlay().requests).toEqual(['Instance Starting (Start)', 'Define', 'Instance Running']);
  });

  it('rescue: announce, apply, restart, report', () => {
    const play = aRunningPlay();
    expect(requestsOf(play, () => rescue(play))).toEqual([
      'Instance Rescuing (Rescue)',
      'Define',
      'Restart',
      'Instance Rescued',
    ]);
  });

  it('migrate a rescued Instance: lock, create, running, done, release; it stays Rescued', () => {
    const play = aRunningPlay();
    rescue(play);
    play.create(aStoredMigration());
    const requests = requestsOf(play, () => play.show({}, ...migrating(aRescueSpec())));
    expect(requests).toEqual([
      'Instance Rescued (Migrate)',
      'Start',
      'LiveMigration Running',
      'LiveMigration Succeeded',
      'Instance Rescued',
    ]);
    expect(play.status).toMatchObject({ state: 'Rescued', node: 'node-b' });
  });

  it('unrescue: announce, apply, restart, report', () => {
    const play = aRunningPlay();
    rescue(play);
    play.edit(aSpec());
    const scenes = [...ending(aSpec(), aRescueSpec(), 'boot-2'), ...booting(aSpec(), 'boot-3')];
    expect(requestsOf(play, () => play.show({}, ...scenes))).toEqual([
      'Instance Unrescuing (Unrescue)',
      'Define',
      'Restart',
      'Instance Running',
    ]);
  });

  it('a lease that expires: as an unrescue, and nothing for it before or afterwards', () => {
    const play = aRunningPlay();
    const leased = aRescueSpec({ expiresAfter: '90m', onExpiry: 'Unrescue' });
    play.edit(leased);
    play.show({}, ...ending(leased, aSpec(), 'boot-1'), ...booting(leased, 'boot-2'));
    const scenes = [...ending(aSpec(), leased, 'boot-2'), ...booting(aSpec(), 'boot-3')];
    expect(requestsOf(play, () => play.later(HOUR))).toEqual([]);
    expect(requestsOf(play, () => play.later(HOUR).show(...scenes))).toEqual([
      'Instance Unrescuing (Unrescue)',
      'Define',
      'Restart',
      'Instance Running',
    ]);
    expect(requestsOf(play, () => play.later(HOUR))).toEqual([]);
    play.edit(aSpec());
    expect(requestsOf(play, () => play.show({}, {}))).toEqual(['Instance Running']);
    expect(play.status?.rescue).toBeUndefined();
  });

  it('a lease that expires and is kept: one write, which says so', () => {
    const play = aRunningPlay();
    const leased = aRescueSpec({ expiresAfter: '30m' });
    play.edit(leased);
    play.show({}, ...ending(leased, aSpec(), 'boot-1'), ...booting(leased, 'boot-2'));
    expect(requestsOf(play, () => play.later(HOUR).later(HOUR))).toEqual(['Instance Rescued']);
  });

  it('stop: announce, apply, report', () => {
    const play = aRunningPlay();
    play.edit(aSpec({ powerState: 'Stopped' }));
    const scenes = (['Running', 'Stopping', 'Ended'] as const).map((phase) => ({
      vm: anObservedVm({ power: 'Off', running: { bootId: 'boot-1', phase } }),
    }));
    const gone = { vm: anObservedVm({ power: 'Off', running: undefined }) };
    expect(requestsOf(play, () => play.show({}, ...scenes, gone))).toEqual([
      'Instance Stopping (Stop)',
      'Define',
      'Instance Stopped',
    ]);
  });

  it('an edit of hardware: one write, which says that it waits', () => {
    const play = aRunningPlay();
    play.edit(aSpec({ memory: '2Gi' }));
    expect(requestsOf(play, () => play.show({}, {}))).toEqual(['Instance Running']);
  });

  it.each([
    { name: 'running', prepare: () => undefined },
    { name: 'rescued', prepare: rescue },
    {
      name: 'migrated',
      prepare: (play: Play) => {
        rescue(play);
        play.create(aStoredMigration());
        play.show({}, ...migrating(aRescueSpec()));
      },
    },
  ])('looking again at an Instance that was $name: none', ({ prepare }) => {
    const play = aRunningPlay();
    prepare(play);
    expect(requestsOf(play, () => play.later(HOUR).later(HOUR))).toEqual([]);
  });
});

describe('the status during a transition', () => {
  it('says what is wrong when the backend says it, once', () => {
    const play = new Play();
    const trouble = { reason: 'Unschedulable', message: 'No node has room.' } as const;
    const vm = anObservedVm({ running: undefined, trouble });
    play.show({ vm: undefined }, { vm }, { vm }, { vm });
    expect(play.requests).toEqual(['Instance Starting (Start)', 'Define', 'Instance Starting (Start)']);
    expect(play.status?.conditions?.find(({ type }) => type === 'Reconciling')).toMatchObject({
      reason: 'Unschedulable',
      message: expect.stringContaining(trouble.message),
    });
  });

  it('shows a long preparation of a migration, and what it waits for', () => {
    const play = aRunningPlay();
    play.create(aStoredMigration());
    const trouble = { reason: 'Unschedulable', message: 'No node has room.' };
    const queued = anObservedMigration({
      phase: 'Queued',
      destination: undefined,
      startedAt: undefined,
      trouble,
    });
    const requests = requestsOf(play, () => play.show({}, { migration: queued }).later(2_000).later(2_000));
    expect(requests).toEqual(['Instance Running (Migrate)', 'Start', 'LiveMigration Queued']);
  });

  it('tells a migration that was over before it was seen in two writes', () => {
    const play = aRunningPlay();
    play.create(aStoredMigration());
    const vm = anObservedVm({ running: { bootId: 'boot-1', node: 'node-b' } });
    const migration = anObservedMigration({ phase: 'Succeeded', endedAt: NOW });
    expect(requestsOf(play, () => play.show({}, { vm, migration }))).toEqual([
      'Instance Running (Migrate)',
      'Start',
      'LiveMigration Succeeded',
      'Instance Running',
    ]);
  });
});
