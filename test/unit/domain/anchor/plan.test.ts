import { describe, expect, it } from '@jest/globals';
import type { InstanceStatus } from '../../../../src/api/instance.ts';
import { DESTINATION_LABEL, VM_HOST_LABEL } from '../../../../src/api/names.ts';
import { planAnchors, type AnchorSight, type Move } from '../../../../src/domain/anchor/plan.ts';
import type { Placement } from '../../../../src/domain/anchor/placement.ts';
import { fingerprint } from '../../../../src/domain/fingerprint.ts';
import { targetOf } from '../../../../src/domain/instance/observation.ts';
import type { ObservedMigration, ObservedVm } from '../../../../src/domain/observed.ts';
import { aHost, anAnchor, aPlacement } from '../../../builders/anchors.ts';
import {
  anInstanceObservation,
  anObservedMigration,
  aStatus,
  aStoredInstance,
  MIGRATION_UID,
  NOW,
} from '../../../builders/observation.ts';
import { aSpec, anObservedVm, type SpecFields } from '../../../builders/vm.ts';

interface Row {
  readonly spec?: SpecFields;
  readonly status?: Partial<InstanceStatus>;
  readonly deleting?: boolean;
  readonly vm?: ObservedVm | undefined;
  readonly placement?: Partial<Placement>;
  readonly moves?: readonly Partial<Move>[];
  readonly observed?: readonly ObservedMigration[];
}

/** A VM that runs on node-a, where its anchor is; the fields given replace what is seen of it. */
function sight({ spec = {}, status = {}, deleting, placement = {}, moves = [], ...row }: Row): AnchorSight {
  const metadata = deleting === true ? { deletionTimestamp: NOW } : {};
  const instance = aStoredInstance({ spec, status: aStatus(status), metadata });
  const seen = aPlacement(placement);
  const vm = 'vm' in row ? row.vm : anObservedVm({ spec: aSpec(spec) });
  const observation = anInstanceObservation({ instance, vm, placement: seen });
  return {
    observation,
    placement: seen,
    target: targetOf(observation, NOW),
    moves: moves.map((move) => ({
      migrationUid: MIGRATION_UID,
      nodeName: undefined,
      labels: {},
      begun: false,
      ...move,
    })),
    observed: row.observed ?? [],
  };
}

/** `+` what is made, for which node or migration, and `-` what goes, by name. */
function told(row: Row): string[] {
  const { create, remove } = planAnchors(sight(row));
  const made = create.map(({ onlyOn, migrationUid }) =>
    migrationUid === undefined ? `+ ${onlyOn ?? 'anywhere'}` : '+ destination',
  );
  return [...made, ...remove.map(({ name }) => `- ${name}`)];
}

const AWAY = anAnchor({ name: 'away', migrationUid: MIGRATION_UID, node: 'node-b' });
const NOWHERE: Row = { vm: undefined, placement: { anchors: [], host: undefined } };
const STOPPED: Row = {
  spec: { powerState: 'Stopped' },
  vm: anObservedVm({ power: 'Off', running: undefined }),
};

describe('the anchors of an Instance', () => {
  it.each<Row & { name: string; want: readonly string[] }>([
    { name: 'one that runs where its anchor is: nothing', want: [] },
    { name: 'one that is nowhere yet', ...NOWHERE, want: ['+ anywhere'] },
    {
      name: 'one that is to be stopped, and is nowhere yet',
      ...NOWHERE,
      spec: { powerState: 'Stopped' },
      want: ['+ anywhere'],
    },
    { name: 'one that is being deleted, and is nowhere', ...NOWHERE, deleting: true, want: [] },
    { name: 'one that is being deleted, and runs still', deleting: true, want: [] },
    { name: 'one that is stopped takes no place', ...STOPPED, want: ['- web-1-anchor-1'] },
    {
      name: 'one that is stopped and to be started, on its host',
      vm: anObservedVm({ power: 'Off', running: undefined }),
      placement: { anchors: [] },
      want: ['+ node-a'],
    },
    {
      name: 'one that waits for what is not wanted any more',
      vm: undefined,
      placement: { anchors: [anAnchor({ node: undefined, order: 'old' })], host: undefined },
      want: ['+ anywhere', '- web-1-anchor-1'],
    },
    {
      name: 'one that is bound, and was not made yet: any order will do',
      vm: undefined,
      placement: { anchors: [anAnchor({ order: 'old' })], host: undefined },
      want: [],
    },
    { name: 'one whose anchor is lost', placement: { anchors: [] }, want: ['+ node-a'] },
    {
      name: 'one whose anchor has ended: it goes, and another takes its place',
      placement: { anchors: [anAnchor({ phase: 'Ended' })] },
      want: ['+ node-a', '- web-1-anchor-1'],
    },
    {
      name: 'one whose anchor is elsewhere',
      placement: { anchors: [anAnchor({ node: 'node-b' })] },
      want: ['+ node-a', '- web-1-anchor-1'],
    },
    {
      name: 'one that waits for its place on its host',
      placement: { anchors: [anAnchor({ node: undefined, onlyOn: 'node-a' })] },
      want: [],
    },
    {
      name: 'one with two on its host',
      placement: { anchors: [anAnchor({ name: 'b' }), anAnchor({ name: 'a' })] },
      want: ['- b'],
    },
    { name: "somebody else's VM", vm: anObservedVm({ instanceUid: undefined }), want: ['- web-1-anchor-1'] },
    {
      name: 'one that is not seen while its host is not heard of: what is there stays',
      vm: undefined,
      placement: { host: aHost({ heard: false }) },
      want: [],
    },
    {
      name: 'one whose host is fenced',
      vm: undefined,
      placement: { host: aHost({ heard: false, fenced: true }) },
      want: ['+ anywhere', '- web-1-anchor-1'],
    },
  ])('$name', ({ want, ...row }) => {
    expect(told(row)).toEqual(want);
  });
});

describe('the anchors of an Instance that is migrated', () => {
  const both = { anchors: [anAnchor(), AWAY] };

  it.each<Row & { name: string; want: readonly string[] }>([
    { name: 'one that needs a destination', moves: [{}], want: ['+ destination'] },
    {
      name: 'one whose destination was found for what is not wanted any more',
      moves: [{}],
      placement: both,
      want: ['+ destination', '- away'],
    },
    {
      name: 'one that has begun: its destination stays',
      moves: [{ begun: true }],
      placement: both,
      want: [],
    },
    {
      name: 'one whose LiveMigration is gone: both nodes are held until the driver is done',
      placement: both,
      observed: [anObservedMigration()],
      want: [],
    },
    {
      name: 'one that has succeeded at the driver: the old one goes',
      vm: anObservedVm({ running: { node: 'node-b' } }),
      placement: { ...both, host: aHost({ name: 'node-b' }) },
      observed: [anObservedMigration({ phase: 'Succeeded' })],
      moves: [{ begun: true }],
      want: ['- web-1-anchor-1'],
    },
    {
      name: 'one that is on the other side and not over: both stay',
      vm: anObservedVm({ running: { node: 'node-b' } }),
      placement: { ...both, host: aHost({ name: 'node-b' }) },
      observed: [anObservedMigration({ phase: 'Completing' })],
      moves: [{ begun: true }],
      want: [],
    },
    {
      name: 'one that has failed: the new one goes',
      placement: both,
      observed: [anObservedMigration({ phase: 'Failed' })],
      want: ['- away'],
    },
  ])('$name', ({ want, ...row }) => {
    expect(told(row)).toEqual(want);
  });

  it('asks for a capable node that is not the source', () => {
    const labels = { [DESTINATION_LABEL]: 'true', zone: 'b' };
    const [order] = planAnchors(sight({ moves: [{ labels, nodeName: 'node-c' }] })).create;
    expect(order).toMatchObject({
      migrationUid: MIGRATION_UID,
      nodeSelector: { ...labels, [VM_HOST_LABEL]: 'true' },
      onlyOn: 'node-c',
      notOn: 'node-a',
    });
  });

  it('is satisfied by what it has asked for', () => {
    const row: Row = { moves: [{}] };
    const [order] = planAnchors(sight(row)).create;
    const made = { ...AWAY, node: undefined, order: fingerprint(order) };
    expect(told({ ...row, placement: { anchors: [anAnchor(), made] } })).toEqual([]);
  });
});

describe('an anchor', () => {
  it('takes what the VM takes, and QEMU beside it', () => {
    const [order] = planAnchors(sight({ ...NOWHERE, spec: { memory: '1Gi', cpu: { cores: 2 } } })).create;
    const overhead = (160 + 2 * 8 + 2) * 2 ** 20;
    expect(order?.requests).toEqual({ cores: 2, memoryBytes: 2 ** 30 + overhead });
  });

  it.each<Row & { name: string; want: readonly number[] }>([
    { name: 'that stands stays as it was made', want: [] },
    { name: 'that was lost is made for what is wanted now', placement: { anchors: [] }, want: [8] },
    { name: 'at a destination is made for what is wanted now', moves: [{}], want: [8] },
  ])('$name, after an edit of what runs', ({ want, ...row }) => {
    const spec = { cpu: { cores: 8 } };
    const { create } = planAnchors(sight({ ...row, spec, vm: anObservedVm() }));
    expect(create.map(({ requests }) => requests.cores)).toEqual(want);
  });

  it('has the placement of the Instance, and none where the VM is already', () => {
    const spec = { placement: { nodeSelector: { zone: 'a' } } };
    const [free] = planAnchors(sight({ ...NOWHERE, spec })).create;
    const [held] = planAnchors(sight({ spec, placement: { anchors: [] } })).create;
    expect(free?.nodeSelector).toEqual({ zone: 'a', [VM_HOST_LABEL]: 'true' });
    expect(held).toMatchObject({ nodeSelector: {}, onlyOn: 'node-a' });
  });

  it('has the same name for the same purpose, and another one for another', () => {
    const name = (row: Row) => planAnchors(sight(row)).create[0]?.name;
    const lost: Row = { placement: { anchors: [] } };
    expect(name(lost)).toBe(name(lost));
    expect(new Set([name(lost), name(NOWHERE), name({ moves: [{}] })]).size).toBe(3);
    expect(name(NOWHERE)).toMatch(/^web-1-anchor-[0-9a-f]{8}$/);
  });

  it('is not made while another one has its name', () => {
    const [order] = planAnchors(sight(NOWHERE)).create;
    const leaving = anAnchor({ name: order?.name ?? '', phase: 'Leaving' });
    expect(told({ vm: undefined, placement: { anchors: [leaving], host: undefined } })).toEqual([]);
  });
});
