import { describe, expect, it } from '@jest/globals';
import { noteDeparture, wakeRivals, wakeWaiting } from '../../../src/controllers/instance/departures.ts';
import { observeInstance, ownerOf, rivalsOf } from '../../../src/controllers/world.ts';
import { aDisk } from '../../builders/instance.ts';
import { anOperation, aStoredInstance } from '../../builders/observation.ts';
import { anObservedVm, INSTANCE_UID, type ObservedVmOptions } from '../../builders/vm.ts';
import { aWorld } from '../../builders/world.ts';

/** An Instance on a claim of that name. */
function on(claim: string, name: string, namespace = 'default') {
  return aStoredInstance({
    spec: { disks: [aDisk({ source: { persistentVolumeClaim: { claimName: claim } } })] },
    metadata: { name, namespace, uid: `uid-${namespace}-${name}` },
  });
}

const OFF: ObservedVmOptions = { power: 'Off', running: undefined };
const me = on('shared', 'web-1');
const other = on('shared', 'web-2');

function woken(wake: (controller: { enqueue: (key: string) => void }) => void): string[] {
  const keys: string[] = [];
  wake({ enqueue: (key) => keys.push(key) });
  return keys;
}

describe('who shares a disk with an Instance', () => {
  it('is who writes to the same claim in the same namespace', () => {
    const world = aWorld({ instances: [me, other, on('own', 'web-3'), on('shared', 'web-4', 'team-b')] });
    expect(rivalsOf(world, me).map(({ metadata }) => metadata.name)).toEqual(['web-2']);
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
        namespace: 'default',
        name: 'web-2',
        uid: 'uid-default-web-2',
        creationTimestamp: other.metadata.creationTimestamp,
        disks: ['PersistentVolumeClaim "default/shared"'],
        occupies: want,
        operation: anOperation('Start'),
      },
    ]);
  });

  it('is also one that is gone, as long as its VM runs', () => {
    const world = aWorld({ instances: [me], driver: { vm: anObservedVm() } });
    noteDeparture(world, other);
    expect(rivalsOf(world, me)).toEqual([other]);
  });

  it('is not one that is gone with its VM', () => {
    const world = aWorld({ instances: [me], driver: { vm: undefined } });
    noteDeparture(world, other);
    expect(rivalsOf(world, me)).toEqual([]);
  });
});

describe('who waits for a disk', () => {
  it('looks again when an Instance on it changes', () => {
    const world = aWorld({ instances: [me, other] });
    expect(woken((controller) => wakeRivals(controller, world, other))).toEqual(['default/web-1']);
  });

  it('looks again when the VM of an Instance that is gone has ended, which is then forgotten', () => {
    const world = aWorld({ instances: [me], driver: { vm: anObservedVm(OFF) } });
    world.departed.upsert(other);
    const wake = () => woken((controller) => wakeWaiting(controller, world)(other.metadata));
    expect(wake()).toEqual(['default/web-1']);
    expect(rivalsOf(world, me)).toEqual([]);
    expect(wake()).toEqual([]);
  });

  it('is nobody where nobody shares it', () => {
    const world = aWorld({ instances: [me] });
    expect(woken((controller) => wakeWaiting(controller, world)(me.metadata))).toEqual([]);
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
