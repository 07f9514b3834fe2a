import { describe, expect, it } from '@jest/globals';
import type { Instance } from '../../../src/api/instance.ts';
import { noteVm, wakeRivals } from '../../../src/controllers/instance/disk-waiters.ts';
import { observeInstance } from '../../../src/controllers/observe.ts';
import { ownerOf, type World } from '../../../src/controllers/world.ts';
import { aDisk } from '../../builders/instance.ts';
import { anOperation, aStoredInstance } from '../../builders/observation.ts';
import { anObservedVm, INSTANCE_UID, type ObservedVmOptions } from '../../builders/vm.ts';
import { aDriver, aWorld } from '../../builders/world.ts';

/** An Instance on a claim of that name. */
function on(claim: string, name: string, namespace = 'default') {
  return aStoredInstance({
    spec: { disks: [aDisk({ source: { persistentVolumeClaim: { claimName: claim } } })] },
    metadata: { name, namespace, uid: `uid-${namespace}-${name}` },
  });
}

const DISK = 'PersistentVolumeClaim "default/shared"';
const LEFT = { kind: 'Vm', namespace: 'default', name: 'web-2', disks: [DISK], occupies: true };
const OFF: ObservedVmOptions = { power: 'Off', running: undefined };
const me = on('shared', 'web-1');
const other = on('shared', 'web-2');

function woken(wake: (controller: { enqueue: (key: string) => void }) => void): string[] {
  const keys: string[] = [];
  wake({ enqueue: (key) => keys.push(key) });
  return keys;
}

/** The driver tells of the VM of that name. @returns who is woken */
function told(world: World, { metadata }: Instance): string[] {
  return woken((controller) => noteVm(controller, world)(metadata));
}

describe('who shares a disk with an Instance', () => {
  it('is who writes to the same claim in the same namespace', () => {
    const world = aWorld({ instances: [me, other, on('own', 'web-3'), on('shared', 'web-4', 'team-b')] });
    expect(observeInstance(world, me).rivals.map(({ name }) => name)).toEqual(['web-2']);
  });

  it.each([
    { name: 'runs', vm: anObservedVm(), want: true },
    { name: 'is off', vm: anObservedVm(OFF), want: false },
    { name: 'is not made', vm: undefined, want: false },
  ])('is seen with what it does: it $name', ({ vm, want }) => {
    const busy = { ...other, status: { observedGeneration: 1, operation: anOperation('Start') } };
    const { rivals } = observeInstance(aWorld({ instances: [me, busy], driver: { vm } }), me);
    expect(rivals).toEqual([
      {
        kind: 'Instance',
        namespace: 'default',
        name: 'web-2',
        uid: 'uid-default-web-2',
        creationTimestamp: other.metadata.creationTimestamp,
        disks: [DISK],
        occupies: want,
        operation: anOperation('Start'),
      },
    ]);
  });

  it.each([
    {
      name: 'whose Instance is gone',
      vm: anObservedVm({ writes: [DISK], instanceUid: 'gone' }),
      want: [LEFT],
    },
    { name: 'that is off', vm: anObservedVm({ ...OFF, writes: [DISK], instanceUid: 'gone' }), want: [] },
    { name: 'that writes elsewhere', vm: anObservedVm({ writes: [], instanceUid: 'gone' }), want: [] },
    {
      name: 'that was made for nobody',
      vm: anObservedVm({ writes: [DISK], instanceUid: undefined }),
      want: [],
    },
    { name: 'that is gone', vm: undefined, want: [] },
  ])('is a VM, as the driver has told of it: one $name', ({ vm, want }) => {
    const world = aWorld({ instances: [me], driver: { vm } });
    told(world, other);
    expect(observeInstance(world, me).rivals).toEqual(want);
  });

  it('is one whose VM still writes there, though its spec is on another disk by now', () => {
    const moved = on('own', 'web-2');
    const world = aWorld({ instances: [me, moved], driver: { vm: anObservedVm({ writes: [DISK] }) } });
    told(world, moved);
    expect(observeInstance(world, me).rivals).toMatchObject([
      { kind: 'Instance', name: 'web-2', disks: [DISK], occupies: true },
    ]);
  });

  it('is not itself', () => {
    const world = aWorld({ instances: [me], driver: { vm: anObservedVm({ writes: [DISK] }) } });
    told(world, me);
    expect(observeInstance(world, me).rivals).toEqual([]);
  });
});

describe('who waits for a disk', () => {
  it('looks again when an Instance on it changes', () => {
    const world = aWorld({ instances: [me, other] });
    expect(woken((controller) => wakeRivals(controller, world, other))).toEqual(['default/web-1']);
  });

  it('looks again when a VM without an Instance takes the disk, and when it gives it back', () => {
    const vm = anObservedVm({ writes: [DISK], instanceUid: 'gone' });
    const world = aWorld({ instances: [me], driver: { vm } });
    expect(told(world, other)).toEqual(['default/web-1']);
    const after = { ...world, driverOf: () => aDriver({ vm: undefined }) };
    expect(told(after, other)).toEqual(['default/web-1']);
    expect(observeInstance(after, me).rivals).toEqual([]);
    expect(told(after, other)).toEqual([]);
  });

  it('is nobody where nobody shares it', () => {
    const world = aWorld({ instances: [me] });
    expect(told(world, me)).toEqual([]);
  });
});

describe('whose a VM is', () => {
  const vm = anObservedVm({ instanceUid: other.metadata.uid });
  it.each([
    { name: 'of another Instance that is there', vm, want: 'web-2' },
    { name: 'of one that is gone', vm: anObservedVm({ instanceUid: 'gone' }), want: undefined },
    { name: 'of nobody', vm: anObservedVm({ instanceUid: undefined }), want: undefined },
  ])('$name', ({ vm: seen, want }) => {
    expect(ownerOf(aWorld({ instances: [me, other] }), seen, INSTANCE_UID)).toBe(want);
  });

  it('of the one that asks', () => {
    expect(ownerOf(aWorld({ instances: [other] }), vm, other.metadata.uid)).toBeUndefined();
  });
});
