import { describe, expect, it } from '@jest/globals';
import { atomsOf } from '../../kubevirt-simulator/replay/atoms.ts';
import {
  compareEvents,
  compareOrder,
  compareWrites,
  withoutFlaps,
} from '../../kubevirt-simulator/replay/compare.ts';
import { difference } from '../../kubevirt-simulator/replay/diff.ts';
import { exceptionFor } from '../../kubevirt-simulator/replay/exceptions.ts';
import { notReached } from '../../kubevirt-simulator/replay/not-reached.ts';
import type { TraceLine } from '../../kubevirt-simulator/replay/lines.ts';

function added(t_ms: number, phase: string): TraceLine {
  const object = { metadata: { name: 'vm-a' }, status: { phase } };
  return {
    t_ms,
    type: 'ADDED',
    kind: 'VMI',
    name: 'vm-a',
    by: 'virt-controller',
    how: { verb: 'CREATE' },
    object,
  };
}

function changed(t_ms: number, by: string, to: Record<string, unknown>): TraceLine {
  return {
    t_ms,
    type: 'MODIFIED',
    kind: 'VMI',
    name: 'vm-a',
    by,
    how: { verb: 'UPDATE' },
    changed: to,
  };
}

const start = [
  added(0, 'Pending'),
  changed(400, 'virt-controller', { 'status.phase': 'Scheduled', 'status.nodeName': 'node-1' }),
  changed(800, 'virt-handler node-1', { 'status.phase': 'Running' }),
];

function wheres(want: readonly TraceLine[], got: readonly TraceLine[]): string[] {
  return compareWrites(atomsOf(want), atomsOf(got)).differences.map(({ where }) => where);
}

describe('the comparison with a recording', () => {
  it('finds nothing where there is nothing, and says how much it compared', () => {
    expect(compareWrites(atomsOf(start), atomsOf(start))).toEqual({ compared: 5, differences: [] });
  });

  it('finds a value that is another', () => {
    const other = [start[0], start[1], changed(800, 'virt-handler node-1', { 'status.phase': 'Failed' })];

    expect(wheres(start, other as TraceLine[])).toEqual(['VMI/vm-a#0 status.phase']);
  });

  it('finds a phase that was left out', () => {
    expect(wheres(start, [start[0], start[2]] as TraceLine[])).toEqual([
      'VMI/vm-a#0 status.nodeName',
      'VMI/vm-a#0 status.phase',
    ]);
  });

  it('finds a field that somebody else wrote', () => {
    const other = [start[0], start[1], changed(800, 'virt-controller', { 'status.phase': 'Running' })];

    expect(wheres(start, other as TraceLine[])).toEqual(['VMI/vm-a#0 status.phase']);
  });

  it('finds a field that no recording has', () => {
    const other = [...start, changed(900, 'virt-handler node-1', { 'status.machine': { type: 'q35' } })];

    expect(wheres(start, other)).toEqual(['VMI/vm-a#0 status.machine.type']);
  });

  it('finds what came clearly too early', () => {
    const want = [
      added(0, 'Pending'),
      changed(400, 'a', { 'status.phase': 'Running' }),
      changed(1000, 'a', { 'status.nodeName': 'b' }),
    ];
    const got = [
      added(0, 'Pending'),
      changed(400, 'a', { 'status.nodeName': 'b' }),
      changed(1000, 'a', { 'status.phase': 'Running' }),
    ];

    const { differences } = compareOrder(atomsOf(want), atomsOf(got));

    expect(differences).toHaveLength(1);
    expect(differences[0]?.where).toContain('status.nodeName');
  });

  it('lets neighbours of different writers be swapped, but not of one', () => {
    const swapped = (first: string, second: string): number => {
      const phase = { 'status.phase': 'Running' };
      const node = { 'status.nodeName': 'b' };
      const want = [added(0, 'Pending'), changed(400, first, phase), changed(500, second, node)];
      const got = [added(0, 'Pending'), changed(400, second, node), changed(500, first, phase)];
      return compareOrder(atomsOf(want), atomsOf(got)).differences.length;
    };

    expect(swapped('virt-handler node-1', 'virt-handler node-2')).toBe(0);
    expect(swapped('virt-handler node-1', 'virt-handler node-1')).toBe(1);
  });

  it('lets the nodes, who do not look at migrations, be ahead of what is said of one, but not the other way round', () => {
    const mig = { kind: 'VMIM', name: 'mig-1' };
    const migration = { ...added(0, 'Pending'), ...mig, object: { spec: { vmiName: 'vm-a' } } };
    const phase = (t_ms: number) => ({
      ...changed(t_ms, 'virt-controller', { 'status.phase': 'Running' }),
      ...mig,
    });
    const node = (t_ms: number) => changed(t_ms, 'virt-handler node-1', { 'status.nodeName': 'b' });
    const swapped = (want: readonly TraceLine[], got: readonly TraceLine[]): number => {
      const both = [want, got].map((lines) => atomsOf([added(0, 'Pending'), migration, ...lines]));
      return compareOrder(both[0] ?? [], both[1] ?? []).differences.length;
    };

    expect(swapped([phase(100), node(900)], [node(900), phase(1000)])).toBe(0);
    expect(swapped([node(100), phase(900)], [phase(900), node(1000)])).toBe(1);
  });

  it('does not count uids and times', () => {
    const value = (uid: string): TraceLine[] => [
      added(0, 'Pending'),
      changed(1, 'a', { 'status.owner': uid, 'status.lastTransitionTime': uid }),
    ];

    expect(
      wheres(value('00000000-0000-0000-0000-000000000001'), value('00000000-0000-0000-0000-000000000002')),
    ).toEqual([]);
  });

  it('finds an event that is missing', () => {
    const event = {
      t_ms: 5,
      type: 'EVENT',
      name: 'vm-a',
      level: 'Normal',
      reason: 'Created',
      message: 'm',
      source: 's',
    };

    expect(compareEvents([event as TraceLine], [])).toMatchObject({
      compared: 1,
      differences: [{ where: 'vm-a' }],
    });
  });

  it('excepts nothing but what the table names', () => {
    const phase = { what: 'writes', where: 'VMI/vm-a#0 status.phase', want: 'a', got: 'b' };
    const skipped = {
      what: 'writes',
      where: 'VM/vm-a#0 status.desiredGeneration',
      want: '1 (x) → 2 (x) → 3 (x)',
      got: '1 (x) → 3 (x)',
    };

    expect(exceptionFor('start', phase)).toBeUndefined();
    expect(exceptionFor('start', skipped)?.why).toContain('two edits');
    expect(exceptionFor('start', { ...skipped, got: '1 (x) → 2 (x)' })).toBeUndefined();
    const ready = { what: 'writes', where: 'VMI/vm-a#0 status.conditions[type=Ready].status' };
    const [want, got] = ['"True" (x) → "False" (virt-controller PATCH)', '"True" (x)'];
    expect(exceptionFor('start', { ...ready, want, got })?.why).toContain('gone before');
    expect(exceptionFor('start', { ...ready, want: got, got: want })).toBeUndefined();
    const updated = '"True" (x) → "False" (virt-controller UPDATE)';
    expect(exceptionFor('start', { ...ready, want, got: updated })?.why).toContain('a moment apart');
    const another = updated.replace('False', 'Unknown');
    expect(exceptionFor('start', { ...ready, want, got: another })).toBeUndefined();
  });
});

describe('what a replay waits for', () => {
  const ready = (t_ms: number, status: string): TraceLine =>
    changed(t_ms, 'virt-controller', { 'status.conditions[type=Ready].status': status });
  const waitedFor = (want: readonly TraceLine[], got: readonly TraceLine[], before?: number): string[] =>
    notReached(withoutFlaps(atomsOf([...start, ...want])), atomsOf([...start, ...got]), before);

  it('is no state that was passed in an instant, and was as before again', () => {
    const flapped = [ready(1000, 'True'), ready(2000, 'False'), ready(2058, 'True')];
    const isReady = 'VMI/vm-a#0 status.conditions[type=Ready].status="True"';

    expect(waitedFor(flapped, [ready(900, 'True')])).toEqual([]);
    expect(waitedFor(flapped, flapped)).toEqual([]);
    expect(waitedFor(flapped, flapped.slice(0, 2))).toEqual([isReady]);
    expect(waitedFor(flapped, [])).toEqual([isReady]);
  });

  it('is the end of a readiness that somebody ended at once', () => {
    const stopped = [ready(1000, 'False'), ready(1100, 'True'), ready(1200, 'False')];

    expect(waitedFor(stopped, stopped.slice(0, 2))).toHaveLength(1);
    expect(waitedFor(stopped.slice(0, 2), stopped.slice(0, 2))).toEqual([]);
    expect(waitedFor(stopped, stopped)).toEqual([]);
  });

  it('is no state that is past already, as it was soon in the recording, too', () => {
    const booted = [ready(250, 'False'), ready(940, 'True')];

    expect(waitedFor(booted, booted, 690)).toEqual([]);
    expect(waitedFor(booted, booted.slice(0, 1), 690)).toEqual([]);
    expect(waitedFor(booted, [], 690)).toHaveLength(1);
    const stopped = [...booted, ready(2000, 'False'), ready(3000, 'True')];
    expect(waitedFor(stopped, booted, 2500)).toHaveLength(1);
    expect(waitedFor(stopped, [...booted, ready(2000, 'False'), ready(2050, 'True')], 2500)).toHaveLength(1);
  });

  it('is nothing of what is gone', () => {
    const gone: TraceLine = { t_ms: 2100, type: 'DELETED', kind: 'VMI', name: 'vm-a' };
    const ended = [ready(1000, 'True'), ready(2000, 'False'), gone];

    expect(waitedFor(ended, [ready(1000, 'True')])).toHaveLength(2);
    expect(waitedFor(ended, [ready(1000, 'True'), gone])).toEqual([]);
    expect(waitedFor(ended.slice(0, 2), ended)).toEqual([]);
  });

  it('is a state that came back after it had been another for a while', () => {
    const restarted = [ready(1000, 'True'), ready(2000, 'False'), ready(3000, 'True')];

    expect(waitedFor(restarted, restarted.slice(0, 1))).toHaveLength(1);
    expect(waitedFor(restarted, restarted)).toEqual([]);
  });
});

describe('the differences between two states of an object', () => {
  it('go down to the fields, and by the names of entries', () => {
    const before = { status: { conditions: [{ type: 'Ready', status: 'False' }], phase: 'a' } };
    const after = { status: { conditions: [{ type: 'Ready', status: 'True' }] } };

    expect(difference(before, after)).toEqual({
      'status.conditions[type=Ready].status': 'True',
      'status.phase': null,
    });
  });
});
