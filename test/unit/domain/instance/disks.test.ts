import { describe, expect, it } from '@jest/globals';
import { InstanceSpec, type Operation } from '../../../../src/api/instance.ts';
import { decideInstance, type InstanceDecision } from '../../../../src/domain/instance/decide.ts';
import type { DiskRival, InstanceRival } from '../../../../src/domain/instance/disk-rivals.ts';
import { writableDisks } from '../../../../src/domain/instance/writable-disks.ts';
import type { ObservedVm } from '../../../../src/domain/observed.ts';
import { aDisk, aRescue, aTemplatedInstance } from '../../../builders/instance.ts';
import { aStoredInstance } from '../../../builders/observation.ts';
import { anObservedVm, aSpec, INSTANCE_UID, type SpecFields } from '../../../builders/vm.ts';
import { aLeftVm, aRival, observe, RESCUE, STOPPED, type Situation } from './situation.ts';

const BEFORE = '2026-11-23T09:59:59.000Z';
/** When the builders' operations have begun. */
const SAME = '2026-11-23T10:00:00.000Z';
const AFTER = '2026-11-23T10:00:01.000Z';

const doing = (type: Operation['type'], startedAt = SAME): Partial<InstanceRival> => ({
  operation: { type, uid: 'ffffffff', startedAt },
});
const OLDER = { creationTimestamp: '2026-11-23T08:00:00Z' };
const OFF = anObservedVm({ power: 'Off', running: undefined });
const DEFINE: InstanceDecision['action'] = { kind: 'Define' };

describe('an Instance that shares a writable disk with another one', () => {
  it.each<
    {
      name: string;
      rival: DiskRival;
      want: { lock?: Operation['type']; action?: unknown; stalled?: true };
    } & Omit<Situation, 'vm'> & { vm?: ObservedVm | undefined }
  >([
    { name: 'that is off: starts', rival: aRival(), want: { lock: 'Start' } },
    {
      name: 'that is older, off, and has not said that it starts: starts',
      rival: aRival(OLDER),
      want: { lock: 'Start' },
    },
    { name: 'that runs: waits', rival: aRival({ occupies: true }), want: { stalled: true } },
    {
      name: 'that runs: waits with its rescue, too',
      spec: RESCUE,
      rival: aRival({ occupies: true }),
      want: { stalled: true },
    },
    {
      name: 'that runs, to be stopped itself: is made',
      spec: STOPPED,
      rival: aRival({ occupies: true }),
      want: { lock: 'Stop' },
    },
    {
      name: 'that has announced its start: waits',
      rival: aRival(doing('Start', AFTER)),
      want: { stalled: true },
    },
    { name: 'that has announced its rescue: waits', rival: aRival(doing('Rescue')), want: { stalled: true } },
    {
      name: 'that is being stopped and still runs: waits',
      rival: aRival({ occupies: true, ...doing('Stop') }),
      want: { stalled: true },
    },
    { name: 'that is stopped: starts', rival: aRival(doing('Stop')), want: { lock: 'Start' } },
    {
      name: 'both announced, the other earlier: gives way',
      lock: 'Start',
      rival: aRival(doing('Start', BEFORE)),
      want: { stalled: true },
    },
    {
      name: 'both announced, the other later: waits until it has given way',
      lock: 'Start',
      rival: aRival(doing('Start', AFTER)),
      want: { lock: 'Start' },
    },
    {
      name: 'both announced in one moment, the other younger: waits until it has given way',
      lock: 'Start',
      rival: aRival(doing('Start')),
      want: { lock: 'Start' },
    },
    {
      name: 'both announced in one moment, the other older: gives way',
      lock: 'Start',
      rival: aRival({ ...OLDER, ...doing('Start') }),
      want: { stalled: true },
    },
    {
      name: 'both announced and made in one moment: the uid decides',
      lock: 'Start',
      rival: aRival({ creationTimestamp: '2026-11-23T09:00:00Z', uid: '00000000', ...doing('Start') }),
      want: { stalled: true },
    },
    {
      name: 'announced, the other has given way: acts',
      lock: 'Start',
      rival: aRival(),
      want: { lock: 'Start', action: DEFINE },
    },
    {
      name: 'announced, the other runs after all: gives way, however late that was announced',
      lock: 'Start',
      rival: aRival({ occupies: true, ...doing('Start', AFTER) }),
      want: { stalled: true },
    },
    {
      name: 'that has announced its start first, with a VM that may run already: goes on',
      lock: 'Start',
      vm: anObservedVm({ power: 'Off', running: undefined, mayRun: true }),
      rival: aRival(doing('Start', BEFORE)),
      want: { lock: 'Start', action: DEFINE },
    },
    {
      name: 'that runs, with a VM that is off',
      vm: OFF,
      rival: aRival({ occupies: true }),
      want: { stalled: true },
    },
    {
      name: 'that starts, and runs itself: is not disturbed',
      vm: anObservedVm(),
      rival: aRival(doing('Start')),
      want: {},
    },
    {
      name: 'both run, the other is younger',
      vm: anObservedVm(),
      rival: aRival({ occupies: true }),
      want: {},
    },
    {
      name: 'both run, the other is older: is told, not stopped',
      vm: anObservedVm(),
      rival: aRival({ occupies: true, ...OLDER }),
      want: { stalled: true },
    },
    { name: 'that is gone, and whose VM runs: waits', rival: aLeftVm(), want: { stalled: true } },
    {
      name: 'both run, the other without an Instance: is told, not stopped',
      vm: anObservedVm(),
      rival: aLeftVm(),
      want: { stalled: true },
    },
    {
      name: 'both run: an unrescue goes on',
      vm: anObservedVm({ spec: aSpec(RESCUE) }),
      rival: aRival({ occupies: true, ...OLDER }),
      want: { lock: 'Unrescue' },
    },
  ])('$name', ({ rival, want, name: _name, ...situation }) => {
    const observation = { ...observe({ vm: undefined, ...situation }), rivals: [rival] };
    const { action, lock, stalled } = decideInstance(observation, AFTER);
    expect({ action, lock: lock?.type, stalled: stalled?.reason }).toEqual({
      action: want.action ?? { kind: 'None' },
      lock: want.lock,
      stalled: want.stalled && 'DiskInUse',
    });
  });

  it('is told which disk it is, who has it, and what to do', () => {
    const disks = ['PersistentVolumeClaim "default/a"', 'volume "fast/b"'];
    const rivals = [aRival(), aRival({ name: 'web-3', disks, occupies: true })];
    expect(decideInstance({ ...observe({ vm: undefined }), rivals }, AFTER).stalled?.message).toBe(
      'Instance default/web-1 would write to PersistentVolumeClaim "default/a" and volume "fast/b", which is in use by ' +
        'Instance default/web-3. Stop or delete that one, and this one starts by itself; or give it a disk of its own.',
    );
  });

  it('is told of a VM without an Instance, and of the way out', () => {
    expect(
      decideInstance({ ...observe({ vm: undefined }), rivals: [aLeftVm()] }, AFTER).stalled?.message,
    ).toBe(
      'Instance default/web-1 would write to PersistentVolumeClaim "default/web-1-root", which is in use by VM default/web-2, ' +
        "whose Instance is gone or can't be read. Delete that VM, or apply its Instance so that it can be stopped, and this " +
        'one starts by itself; or give it a disk of its own.',
    );
  });

  it('never lets two act, whatever the order in which two see each other', () => {
    const me = { uid: INSTANCE_UID, creationTimestamp: '2026-11-23T09:00:00Z' };
    for (const [mine, theirs] of [
      [BEFORE, AFTER],
      [AFTER, BEFORE],
      [SAME, SAME],
    ] as const) {
      const own = { type: 'Start', uid: me.uid, startedAt: mine } as const;
      const mineNow = decideInstance(withLock(own, aRival(doing('Start', theirs))), AFTER);
      const other = { ...own, uid: 'ffffffff', startedAt: theirs };
      const asOther = withLock(other, aRival({ ...me, operation: own }), 'ffffffff', '2026-11-23T09:00:01Z');
      const theirsNow = decideInstance(asOther, AFTER);
      const stalled = [mineNow, theirsNow].map((decision) => decision.stalled !== undefined);
      expect(stalled.filter(Boolean)).toHaveLength(1);
      expect([mineNow.action.kind, theirsNow.action.kind]).toEqual(['None', 'None']);
    }
  });
});

function withLock(operation: Operation, rival: DiskRival, uid = INSTANCE_UID, creationTimestamp?: string) {
  const instance = aStoredInstance({
    status: { observedGeneration: 1, operation },
    metadata: { uid, ...(creationTimestamp === undefined ? {} : { creationTimestamp }) },
  });
  return { ...observe({ vm: undefined }), instance, rivals: [rival] };
}

const CLAIM = 'PersistentVolumeClaim "default/c"';
const SEED = aDisk({ source: { cloudInit: { secretName: 's' } } });
const claim = { persistentVolumeClaim: { claimName: 'c' } };

describe('the disks that an Instance writes to', () => {
  it.each<{ name: string; spec: SpecFields; want: string[] }>([
    { name: 'a claim', spec: { disks: [aDisk({ source: claim })] }, want: [CLAIM] },
    {
      name: 'a DataVolume, whose claim has its name',
      spec: { disks: [aDisk({ source: { dataVolume: { name: 'c' } } })] },
      want: [CLAIM],
    },
    {
      name: 'a volume of a pool, which has no namespace',
      spec: { disks: [aDisk({ source: { volume: { pool: 'p', name: 'v' } } })] },
      want: ['volume "p/v"'],
    },
    { name: 'not a CDROM', spec: { disks: [aDisk({ device: 'CDROM', source: claim })] }, want: [] },
    {
      name: 'not a containerDisk',
      spec: { disks: [aDisk({ source: { containerDisk: { image: 'i' } } })] },
      want: [],
    },
    {
      name: 'not a seed',
      spec: { disks: [SEED] },
      want: [],
    },
    {
      name: 'not a rescue system that is a CDROM',
      spec: { disks: [SEED], rescue: aRescue({ source: claim }) },
      want: [],
    },
    {
      name: 'a rescue system that is a disk',
      spec: { disks: [SEED], rescue: aRescue({ source: claim, device: 'Disk' }) },
      want: [CLAIM],
    },
    {
      name: 'each once',
      spec: { disks: [aDisk({ source: claim }), aDisk({ name: 'b', source: claim })] },
      want: [CLAIM],
    },
  ])('$name', ({ spec, want }) => {
    expect(writableDisks(aStoredInstance({ spec }))).toEqual(want);
  });

  const volume = { name: 'd', persistentVolumeClaim: { claimName: 'c' } };
  it.each<{ name: string; disk?: object; volume?: object; want: string[] }>([
    { name: 'a disk', disk: { disk: {} }, want: [CLAIM] },
    { name: 'a lun', disk: { lun: {} }, want: [CLAIM] },
    { name: 'a volume without a disk', want: [CLAIM] },
    { name: 'a DataVolume', disk: {}, volume: { name: 'd', dataVolume: { name: 'c' } }, want: [CLAIM] },
    { name: 'not a cdrom', disk: { cdrom: {} }, want: [] },
    { name: 'not a disk that is read only', disk: { disk: { readonly: true } }, want: [] },
    { name: 'not a lun that is read only', disk: { lun: { readonly: true } }, want: [] },
    { name: 'not a disk that is shared on purpose', disk: { disk: {}, shareable: true }, want: [] },
    {
      name: 'not a claim that is attached read only',
      volume: { name: 'd', persistentVolumeClaim: { claimName: 'c', readOnly: true } },
      want: [],
    },
    { name: 'not an ephemeral copy of a claim', volume: { name: 'd', ephemeral: volume }, want: [] },
    { name: 'not what nobody understands', volume: { name: 'd', persistentVolumeClaim: 'c' }, want: [] },
  ])('of a native template: $name', ({ disk, volume: given = volume, want }) => {
    const disks = disk === undefined ? [] : [{ name: 'd', ...disk }];
    const template = { spec: { domain: { devices: { disks } }, volumes: [given] } };
    expect(writableDisks(withTemplate(template))).toEqual(want);
  });

  it('of a native template that is nonsense: none', () => {
    expect(writableDisks(withTemplate({ spec: [] }))).toEqual([]);
  });
});

function withTemplate(template: Record<string, unknown>) {
  const { spec } = aTemplatedInstance(template);
  return { ...aStoredInstance(), spec: InstanceSpec.parse(spec) };
}
