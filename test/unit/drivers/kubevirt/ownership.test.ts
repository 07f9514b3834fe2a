import { describe, expect, it } from '@jest/globals';
import type { Ownership } from '../../../../src/domain/observed.ts';
import { claimPatch, ownershipOf } from '../../../../src/drivers/kubevirt/ownership.ts';
import { aVirtualMachine, VM_UID } from './objects.ts';

const INSTANCE_OWNER = {
  apiVersion: 'compute.medevac.dev/v1alpha1',
  kind: 'Instance',
  name: 'vm-a',
  uid: 'instance-1',
  controller: true,
};
const POOL = {
  apiVersion: 'pool.kubevirt.io/v1beta1',
  kind: 'VirtualMachinePool',
  name: 'web',
  uid: 'pool-1',
  controller: true,
};
const BACKUP = { apiVersion: 'example.com/v1', kind: 'Backup', name: 'b', uid: 'backup-1' };
const UID_LABEL = { 'compute.medevac.dev/instance-uid': 'instance-1' };

describe('whose a VirtualMachine is', () => {
  it.each<{ name: string; metadata: object; want: Ownership }>([
    { name: 'without a label', metadata: { labels: {} }, want: { kind: 'Nobody' } },
    { name: 'with other labels', metadata: { labels: { app: 'web' } }, want: { kind: 'Nobody' } },
    {
      name: 'with our label alone',
      metadata: { labels: UID_LABEL },
      want: { kind: 'Instance', uid: 'instance-1', deletionPolicy: 'Retain' },
    },
    {
      name: 'with both',
      metadata: { labels: UID_LABEL, ownerReferences: [BACKUP, INSTANCE_OWNER] },
      want: { kind: 'Instance', uid: 'instance-1', deletionPolicy: 'Delete' },
    },
    {
      name: 'with an owner, but without our label: the garbage collector goes by the owner',
      metadata: { labels: {}, ownerReferences: [INSTANCE_OWNER] },
      want: { kind: 'Instance', uid: 'instance-1', deletionPolicy: 'Delete' },
    },
    {
      name: 'with an owner that does not control it',
      metadata: { labels: {}, ownerReferences: [BACKUP] },
      want: { kind: 'Nobody' },
    },
    {
      name: 'of a pool',
      metadata: { labels: UID_LABEL, ownerReferences: [POOL] },
      want: { kind: 'Other', controller: 'VirtualMachinePool web' },
    },
    {
      name: 'with an Instance of another group',
      metadata: { labels: {}, ownerReferences: [{ ...INSTANCE_OWNER, apiVersion: 'example.com/v1' }] },
      want: { kind: 'Other', controller: 'Instance vm-a' },
    },
  ])('$name', ({ metadata, want }) => {
    expect(ownershipOf(aVirtualMachine({ metadata }))).toEqual(want);
  });
});

describe('a claim', () => {
  const order = {
    key: { namespace: 'vms', name: 'vm-a' },
    vmUid: VM_UID,
    instanceUid: 'instance-2',
    deletionPolicy: 'Delete' as const,
  };
  const owner = {
    apiVersion: 'compute.medevac.dev/v1beta1',
    kind: 'Instance',
    name: 'vm-a',
    uid: 'instance-2',
    controller: true,
    blockOwnerDeletion: false,
  };
  const labels = { 'compute.medevac.dev/instance-uid': 'instance-2' };

  it.each<{ name: string; vm: { metadata?: object; spec?: object }; retain?: true; want: unknown }>([
    {
      name: 'of a VM of nobody',
      vm: {},
      want: { metadata: { uid: VM_UID, labels, ownerReferences: [owner] } },
    },
    { name: 'that retains', vm: {}, retain: true, want: { metadata: { uid: VM_UID, labels } } },
    {
      name: 'that retains what was to be deleted',
      vm: { metadata: { labels, ownerReferences: [owner] } },
      retain: true,
      want: { metadata: { uid: VM_UID, labels, ownerReferences: [] } },
    },
    {
      name: 'in place of another Instance; other owners stay, if nobody has changed them meanwhile',
      vm: { metadata: { ownerReferences: [BACKUP, INSTANCE_OWNER] } },
      want: { metadata: { uid: VM_UID, resourceVersion: '100', labels, ownerReferences: [BACKUP, owner] } },
    },
    {
      name: 'of a VM without its label: the owner stays as it is',
      vm: { metadata: { labels: {}, ownerReferences: [owner] } },
      want: { metadata: { uid: VM_UID, labels } },
    },
    {
      name: 'that is there already',
      vm: { metadata: { labels, ownerReferences: [owner] } },
      want: undefined,
    },
    {
      name: 'that is there already, and retains',
      vm: { metadata: { labels } },
      retain: true,
      want: undefined,
    },
    {
      name: 'of a VM that says in the older way that it runs',
      vm: { spec: { runStrategy: undefined, running: true } },
      retain: true,
      want: { metadata: { uid: VM_UID, labels }, spec: { running: null, runStrategy: 'Always' } },
    },
    {
      name: 'of a VM that says in the older way that it does not run',
      vm: { spec: { runStrategy: undefined, running: false } },
      retain: true,
      want: { metadata: { uid: VM_UID, labels }, spec: { running: null, runStrategy: 'Halted' } },
    },
  ])('$name', ({ vm, retain, want }) => {
    const deletionPolicy = retain === true ? 'Retain' : 'Delete';
    expect(claimPatch(aVirtualMachine(vm), { ...order, deletionPolicy })).toEqual(want);
  });
});
