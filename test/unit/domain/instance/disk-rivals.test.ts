import { describe, expect, it } from '@jest/globals';
import { disksHeldBy, rivalOf, type Contender } from '../../../../src/domain/instance/disk-rivals.ts';
import type { ObservedVm } from '../../../../src/domain/observed.ts';
import { aDisk } from '../../../builders/instance.ts';
import { anOperation, aStatus, aStoredInstance } from '../../../builders/observation.ts';
import { anObservedVm } from '../../../builders/vm.ts';

const ROOT = 'PersistentVolumeClaim "default/web-1-root"';
const OTHERS = { disks: [aDisk({ source: { persistentVolumeClaim: { claimName: 'else' } } })] };
const OFF = { power: 'Off', running: undefined } as const;

/** What `web-2`, which has the same root disk and no VM, is to `web-1`; the fields given replace that. */
function rival(fields: Partial<Contender>) {
  const contender = {
    namespace: 'default',
    name: 'web-2',
    instance: aStoredInstance(),
    vm: undefined,
    ...fields,
  };
  return rivalOf(aStoredInstance(), contender);
}

const INSTANCE = { kind: 'Instance', namespace: 'default', name: 'web-2', disks: [ROOT] };
const VM = { kind: 'Vm', namespace: 'default', name: 'web-2', disks: [ROOT], occupies: true };

describe('what is there under another name, to an Instance with the same disk', () => {
  it.each<{ name: string; fields: Partial<Contender>; want: object | undefined }>([
    {
      name: 'an Instance without a VM',
      fields: {},
      want: { ...INSTANCE, occupies: false, operation: undefined },
    },
    {
      name: 'an Instance that has announced its start',
      fields: { instance: aStoredInstance({ status: aStatus({ operation: anOperation('Start') }) }) },
      want: { ...INSTANCE, operation: anOperation('Start') },
    },
    { name: 'an Instance that runs', fields: { vm: anObservedVm() }, want: { ...INSTANCE, occupies: true } },
    {
      name: 'an Instance of other disks',
      fields: { instance: aStoredInstance({ spec: OTHERS }) },
      want: undefined,
    },
    {
      name: 'an Instance of other disks by now, whose VM still writes to this one',
      fields: { instance: aStoredInstance({ spec: OTHERS }), vm: anObservedVm({ writes: [ROOT] }) },
      want: { ...INSTANCE, occupies: true },
    },
    {
      name: 'a VM that is left of an Instance',
      fields: { instance: undefined, vm: anObservedVm({ writes: [ROOT] }) },
      want: VM,
    },
    { name: 'nothing', fields: { instance: undefined }, want: undefined },
  ])('$name', ({ fields, want }) => {
    expect([rival(fields)]).toMatchObject([want]);
  });

  it('is told apart by age and uid', () => {
    const metadata = { uid: 'other', creationTimestamp: '2026-11-23T08:00:00Z' };
    expect(rival({ instance: aStoredInstance({ metadata }) })).toMatchObject(metadata);
  });
});

describe('the disks that a VM holds', () => {
  it.each<{ name: string; vm: ObservedVm | undefined; want: readonly string[] }>([
    { name: 'one that is not there: none', vm: undefined, want: [] },
    { name: 'one that runs', vm: anObservedVm({ writes: [ROOT] }), want: [ROOT] },
    { name: 'one that is off: none', vm: anObservedVm({ writes: [ROOT], ...OFF }), want: [] },
    {
      name: 'one that was made for nobody: none',
      vm: anObservedVm({ writes: [ROOT], instanceUid: undefined }),
      want: [],
    },
    {
      name: 'one between two boots, which its backend starts again',
      vm: anObservedVm({ writes: [ROOT], running: undefined }),
      want: [ROOT],
    },
    {
      name: 'one that is to be off and still ends',
      vm: anObservedVm({ writes: [ROOT], power: 'Off', running: { phase: 'Stopping' } }),
      want: [ROOT],
    },
    {
      name: 'one that is off and has ended: none',
      vm: anObservedVm({ writes: [ROOT], power: 'Off', running: { phase: 'Ended' } }),
      want: [],
    },
    {
      name: 'one that is off, and may run unseen',
      vm: anObservedVm({ writes: [ROOT], ...OFF, mayRun: true }),
      want: [ROOT],
    },
  ])('$name', ({ vm, want }) => {
    expect(disksHeldBy(vm)).toEqual(want);
  });
});
