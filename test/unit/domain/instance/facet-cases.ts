import { ADOPT_ANNOTATION } from '../../../../src/api/names.ts';
import type { ObservedVm, Ownership } from '../../../../src/domain/observed.ts';
import { aNode } from '../../../builders/nodes.ts';
import { NOW } from '../../../builders/observation.ts';
import { anObservedVm, aRenderedVm, FOREIGN_UID } from '../../../builders/vm.ts';
import { does, hold, holds, IDLE, type Row } from './decision-row.ts';
import { aLeftVm, aRival, RESCUE, RESCUED_VM, STOPPED, type Situation } from './situation.ts';

const LOST = aNode('node-a', { reachable: false });
const FENCED = aNode('node-a', { reachable: false, fenced: true });
const OFF = anObservedVm({ power: 'Off', running: undefined });
const RUNS = aRival({ occupies: true });
const IN_USE = { ...IDLE, stalled: 'DiskInUse' } as const;
const CLAIM = { kind: 'Claim', vmUid: 'vm-1' } as const;
const EARLIER = '2026-11-23T09:59:59.000Z';

function starting(startedAt: string): Pick<Situation, 'rivals'> {
  return { rivals: [aRival({ operation: { type: 'Start', uid: FOREIGN_UID, startedAt } })] };
}

function ownedBy(ownership: Ownership): ObservedVm {
  return { ...anObservedVm(), ownership };
}

const NOBODYS = ownedBy({ kind: 'Nobody' });
const RETAINED = ownedBy({ kind: 'Instance', uid: 'gone', deletionPolicy: 'Retain' });
const NEVER_SEEN = {
  firmwareUUID: '00000000-0000-4000-8000-000000000000',
  serial: 'never-seen',
  macAddresses: {},
};

/** What comes before the boot: whose the VM is, its node, and its disks → the next step. */
export const FACET_TABLES: Readonly<Record<string, readonly Row[]>> = {
  'a VM that is not its own': [
    { name: "somebody's", vm: NOBODYS, want: { ...IDLE, stalled: 'NotOwned' } },
    {
      name: "somebody's, to be adopted",
      vm: NOBODYS,
      annotations: { [ADOPT_ANNOTATION]: 'true' },
      want: { ...IDLE, action: CLAIM },
    },
    {
      name: 'retained by an Instance that is gone',
      vm: RETAINED,
      want: { ...IDLE, action: CLAIM },
    },
    {
      name: 'retained, with another identity than was frozen for a VM that was never made: it is noted first',
      vm: RETAINED,
      resolved: { driver: 'kubevirt', identity: NEVER_SEEN },
      want: IDLE,
    },
    {
      name: 'retained, with its identity noted',
      vm: RETAINED,
      resolved: { driver: 'kubevirt', identity: aRenderedVm().identity },
      want: { ...IDLE, action: CLAIM },
    },
    {
      name: 'of an Instance that was deleted, not gone yet',
      vm: ownedBy({ kind: 'Instance', uid: 'gone', deletionPolicy: 'Delete' }),
      want: { ...IDLE, awaited: 'PreviousVm' },
    },
    {
      name: 'of an Instance that was deleted, and does not go by itself: removed',
      vm: ownedBy({ kind: 'Instance', uid: 'gone', deletionPolicy: 'Delete' }),
      followsOwnerReferences: false,
      want: { action: { kind: 'Remove' }, lock: undefined, awaited: 'PreviousVm' },
    },
    {
      name: 'its own, to be retained from now on',
      spec: { deletionPolicy: 'Retain' },
      want: { ...IDLE, action: CLAIM },
    },
  ],
  'a node that is lost': [
    { name: 'a guest that should run', node: LOST, want: IDLE },
    { name: 'a rescue waits', spec: RESCUE, node: LOST, want: IDLE },
    {
      name: 'a rescue that was announced waits',
      spec: RESCUE,
      lock: 'Rescue',
      node: LOST,
      want: holds('Rescue'),
    },
    { name: 'an unrescue waits', vm: RESCUED_VM, node: LOST, want: IDLE },
    { name: 'a stop waits', spec: STOPPED, node: LOST, want: IDLE },
    {
      name: 'a migration keeps the lock',
      lock: 'Migrate',
      migration: hold({}),
      node: LOST,
      want: holds('Migrate'),
    },
    { name: 'fenced, a guest that should run: the driver boots it elsewhere', node: FENCED, want: IDLE },
    { name: 'fenced, a rescue: announce', spec: RESCUE, node: FENCED, want: holds('Rescue') },
    {
      name: 'fenced, a rescue that was announced: store it',
      spec: RESCUE,
      lock: 'Rescue',
      node: FENCED,
      want: does({ kind: 'Define' }, 'Rescue'),
    },
  ],
  'a disk that another Instance would write, too': [
    { name: 'the other runs', vm: OFF, rivals: [RUNS], want: IN_USE },
    { name: 'the other runs, and there is no VM yet', vm: undefined, rivals: [RUNS], want: IN_USE },
    { name: 'the other is gone, and its VM runs', vm: OFF, rivals: [aLeftVm()], want: IN_USE },
    { name: 'the other has announced its start', vm: OFF, ...starting(NOW), want: IN_USE },
    {
      name: 'both have, the other earlier: give way',
      vm: OFF,
      lock: 'Start',
      ...starting(EARLIER),
      want: IN_USE,
    },
    {
      name: 'both have, this one first: wait until the other has given way',
      vm: OFF,
      lock: 'Start',
      ...starting('2026-11-23T10:00:01.000Z'),
      want: holds('Start'),
    },
    { name: 'the other is off', vm: OFF, rivals: [aRival()], want: holds('Start') },
  ],
};
