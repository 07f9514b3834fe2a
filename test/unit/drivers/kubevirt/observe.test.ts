import { describe, expect, it } from '@jest/globals';
import type { RunningVm } from '../../../../src/domain/observed.ts';
import { instanceOf, isEnding, observeVm } from '../../../../src/drivers/kubevirt/observe.ts';
import { anInstanceObject, aVirtualMachine, BOOT_ID, OWNER, VM_UID } from './objects.ts';

const RESCUE_BOOT = { mode: 'Rescue', session: 'session-1', specHash: 'hash-1' };
const NORMAL_BOOT = { mode: 'Normal', session: '', specHash: '' };

describe('an observed VM', () => {
  it('writes to the claims of what is stored, and of what still runs', () => {
    const volumes = (claimName: string) => [{ name: 'root', persistentVolumeClaim: { claimName } }];
    const domain = { devices: { disks: [{ name: 'root', disk: { bus: 'virtio' } }] } };
    const vm = aVirtualMachine({ template: { spec: { domain, volumes: volumes('next') } } });
    const instance = anInstanceObject({ spec: { domain, volumes: volumes('now') } });
    const claims = (...names: string[]) =>
      names.map((name) => `PersistentVolumeClaim "${namespace}/${name}"`);
    const { namespace } = vm.metadata;
    expect(observeVm(vm, instance).writes).toEqual(claims('next', 'now'));
    expect(observeVm(vm, undefined).writes).toEqual(claims('next'));
  });

  it('is told from the VirtualMachine and its instance', () => {
    expect(observeVm(aVirtualMachine(), anInstanceObject())).toEqual({
      uid: VM_UID,
      mayRun: false,
      ownership: { kind: 'Instance', uid: 'instance-1', deletionPolicy: 'Retain' },
      identity: {
        firmwareUUID: 'uuid-1',
        serial: 'serial-1',
        macAddresses: { default: '02:00:00:00:00:01' },
      },
      writes: [],
      stored: { boot: RESCUE_BOOT, power: 'On', drift: [] },
      running: {
        bootId: BOOT_ID,
        boot: RESCUE_BOOT,
        phase: 'Running',
        node: 'node-1',
        notMigratable: undefined,
      },
      trouble: undefined,
    });
  });

  it('is nobody of ours where it has no label', () => {
    const vm = aVirtualMachine({ metadata: { labels: { app: 'web' } }, template: { metadata: null } });
    expect(observeVm(vm, undefined)).toMatchObject({
      ownership: { kind: 'Nobody' },
      stored: { boot: NORMAL_BOOT },
      running: undefined,
    });
  });

  it('has no identity before KubeVirt has given it one', () => {
    const vm = aVirtualMachine({ template: { spec: { domain: { devices: {} } } } });
    expect(observeVm(vm, undefined).identity).toBeUndefined();
  });

  it.each([
    [{ runStrategy: 'Always' }, 'On'],
    [{ runStrategy: 'Halted' }, 'Off'],
    [{ runStrategy: undefined, running: true }, 'On'],
    [{ runStrategy: undefined, running: false }, 'Off'],
  ])('with %j is powered %s', (spec, want) => {
    expect(observeVm(aVirtualMachine({ spec }), undefined).stored.power).toBe(want);
  });

  it.each(['Manual', 'RerunOnFailure', 'Once'])(
    'with the strategy %s, which need not run it again, is on as long as it runs',
    (runStrategy) => {
      const vm = aVirtualMachine({ spec: { runStrategy } });
      expect(observeVm(vm, anInstanceObject()).stored.power).toBe('On');
      expect(observeVm(vm, undefined).stored.power).toBe('Off');
    },
  );

  it('has the identity that its guest was given, where the VM says nothing of it', () => {
    const interfaces = [{ name: 'default' }, { name: 'other', macAddress: '02:00:00:00:00:02' }];
    const vm = aVirtualMachine({ template: { spec: { domain: { devices: { interfaces } } } } });
    const instance = anInstanceObject({
      spec: { domain: { firmware: { uuid: 'uuid-2', serial: 'serial-2' } } },
      status: {
        interfaces: [
          { name: 'default', mac: '52:54:00:00:00:01' },
          { name: 'other', mac: '52:54:00:00:00:02' },
          { mac: '52:54:00:00:00:03' },
        ],
      },
    });
    expect(observeVm(vm, instance).identity).toEqual({
      firmwareUUID: 'uuid-2',
      serial: 'serial-2',
      macAddresses: { default: '52:54:00:00:00:01', other: '02:00:00:00:00:02' },
    });
  });

  it('was booted normally where what runs says nothing, whatever is stored', () => {
    const instance = anInstanceObject({ metadata: { annotations: { 'kubevirt.io/vm-generation': '1' } } });
    const { running, stored } = observeVm(aVirtualMachine(), instance);
    expect(running?.boot).toEqual(NORMAL_BOOT);
    expect(stored.boot).toEqual(RESCUE_BOOT);
  });
});

describe('what runs under the name of a VM', () => {
  it.each([
    { name: 'an instance of the VM is what runs of it', metadata: {}, want: anInstanceObject() },
    {
      name: 'an instance of another VM of that name is not',
      metadata: { ownerReferences: [{ ...OWNER, uid: 'another' }] },
      want: undefined,
    },
    { name: 'one that nobody owns is not', metadata: { ownerReferences: [] }, want: undefined },
  ])('$name', ({ metadata, want }) => {
    expect(instanceOf(aVirtualMachine(), anInstanceObject({ metadata }))).toEqual(want);
  });

  it('may be nothing', () => {
    expect(instanceOf(aVirtualMachine(), undefined)).toBeUndefined();
  });
});

describe('the phase of what runs', () => {
  const paused = { type: 'Paused', status: 'True', reason: 'PausedByUser' };
  it.each<[string, { metadata?: object; status?: object }, RunningVm['phase']]>([
    ['without a phase', { status: { phase: '' } }, 'Starting'],
    ['Pending', { status: { phase: 'Pending' } }, 'Starting'],
    ['Scheduling', { status: { phase: 'Scheduling' } }, 'Starting'],
    ['Scheduled', { status: { phase: 'Scheduled' } }, 'Starting'],
    ['Running', {}, 'Running'],
    ['Running and paused', { status: { conditions: [paused] } }, 'Paused'],
    ['Succeeded', { status: { phase: 'Succeeded' } }, 'Ended'],
    ['Failed', { status: { phase: 'Failed' } }, 'Ended'],
    [
      'Failed and being deleted',
      { status: { phase: 'Failed' }, metadata: { deletionTimestamp: '2026-11-23T01:34:00Z' } },
      'Ended',
    ],
    ['being deleted', { metadata: { deletionTimestamp: '2026-11-23T01:34:00Z' } }, 'Stopping'],
  ])('%s', (_, fields, want) => {
    expect(observeVm(aVirtualMachine(), anInstanceObject(fields)).running?.phase).toBe(want);
  });

  const stop = (uid: string) =>
    aVirtualMachine({ status: { stateChangeRequests: [{ action: 'Stop', uid }, { action: 'Start' }] } });

  it.each<[string, Parameters<typeof isEnding>, boolean]>([
    ['nobody has asked', [aVirtualMachine(), anInstanceObject(), undefined], false],
    ['virt-api has noted it', [stop(BOOT_ID), anInstanceObject(), undefined], true],
    ['virt-api has noted it for an earlier boot', [stop('earlier'), anInstanceObject(), undefined], false],
    ['we have asked', [aVirtualMachine(), anInstanceObject(), BOOT_ID], true],
    ['we have asked for an earlier boot', [aVirtualMachine(), anInstanceObject(), 'earlier'], false],
  ])('is Stopping when its end was asked for: %s', (_, [vm, instance, ending], want) => {
    expect(isEnding(vm, instance, ending)).toBe(want);
    const phase = vm && observeVm(vm, instance, ending).running?.phase;
    expect(phase).toBe(want ? 'Stopping' : 'Running');
  });

  it('has no node before it is scheduled', () => {
    const instance = anInstanceObject({ status: { phase: 'Scheduling', nodeName: '' } });
    expect(observeVm(aVirtualMachine(), instance).running?.node).toBeUndefined();
  });
});

describe('whether it can be migrated', () => {
  const words = { reason: 'DisksNotLiveMigratable', message: 'cannot migrate VMI: PVC root is not shared' };
  it.each([
    ['nobody has said yet', [], undefined],
    ['it can', [{ type: 'LiveMigratable', status: 'True' }], undefined],
    ['it can not', [{ type: 'LiveMigratable', status: 'False', ...words }], words],
  ])('%s', (_, conditions, want) => {
    const instance = anInstanceObject({ status: { conditions } });
    expect(observeVm(aVirtualMachine(), instance).running?.notMigratable).toEqual(want);
  });
});

describe('the trouble of a VM', () => {
  const unschedulable = {
    type: 'PodScheduled',
    status: 'False',
    reason: 'Unschedulable',
    message: '0/4 nodes are available',
  };
  const pull = {
    type: 'Synchronized',
    status: 'False',
    reason: 'ErrImagePull',
    message: 'failed to pull image',
  };
  const unmade = {
    type: 'Synchronized',
    status: 'False',
    reason: 'FailedCreate',
    message: 'pods are forbidden',
  };
  const startFailure = { consecutiveFailCount: 2, retryAfterTimestamp: '2026-11-23T01:43:11Z' };
  const failure = { type: 'Failure', status: 'True', reason: 'FailedCreate', message: 'exceeded quota' };

  it.each<[string, { vm?: object; instance?: object }, object | undefined]>([
    ['none while it runs', { vm: { printableStatus: 'Running' } }, undefined],
    ['none while it migrates', { vm: { printableStatus: 'Migrating' } }, undefined],
    ['none while it starts', { vm: { printableStatus: 'Starting' } }, undefined],
    [
      'no node fits',
      { vm: { printableStatus: 'ErrorUnschedulable', conditions: [unschedulable] } },
      { reason: 'Unschedulable', message: '0/4 nodes are available' },
    ],
    [
      'the words are at the instance only',
      { vm: { printableStatus: 'ErrorUnschedulable' }, instance: { conditions: [unschedulable] } },
      { reason: 'Unschedulable', message: '0/4 nodes are available' },
    ],
    [
      'the image is not there',
      { vm: { printableStatus: 'ErrImagePull', conditions: [pull] } },
      { reason: 'ImagePullFailed', message: 'failed to pull image' },
    ],
    [
      'kubelet waits before it pulls again',
      { vm: { printableStatus: 'ImagePullBackOff' } },
      { reason: 'ImagePullFailed', message: 'KubeVirt says ImagePullBackOff.' },
    ],
    [
      'it ended before it ran',
      { vm: { printableStatus: 'CrashLoopBackOff', startFailure } },
      {
        reason: 'BootFailed',
        message:
          'The VM ended before it ran, 2 time(s) in a row; KubeVirt tries again at 2026-11-23T01:43:11Z.',
      },
    ],
    [
      'no words at all',
      { vm: { printableStatus: 'ErrorPvcNotFound' } },
      { reason: 'ClaimNotFound', message: 'KubeVirt says ErrorPvcNotFound.' },
    ],
    [
      'it ended before it ran, and its pod had waited for an image',
      { vm: { printableStatus: 'CrashLoopBackOff', startFailure, conditions: [pull] } },
      { reason: 'BootFailed', message: expect.stringContaining('2 time(s) in a row') },
    ],
    [
      'a DataVolume is not there',
      { vm: { printableStatus: 'ErrorDataVolumeNotFound' } },
      { reason: 'DataVolumeNotFound', message: 'KubeVirt says ErrorDataVolumeNotFound.' },
    ],
    [
      'a DataVolume can not be filled',
      { vm: { printableStatus: 'DataVolumeError' } },
      { reason: 'DataVolumeFailed', message: 'KubeVirt says DataVolumeError.' },
    ],
    [
      'KubeVirt can not make the instance',
      { vm: { printableStatus: 'Starting', conditions: [failure] } },
      { reason: 'BackendFailed', message: 'FailedCreate: exceeded quota' },
    ],
    [
      'KubeVirt can not make the pod',
      {
        vm: { printableStatus: 'Starting' },
        instance: { phase: 'Pending', conditions: [unmade], phaseTransitionTimestamps: [] },
      },
      { reason: 'BackendFailed', message: 'FailedCreate: pods are forbidden' },
    ],
    [
      'the image is not there, and only the instance says so yet',
      {
        vm: { printableStatus: 'Starting' },
        instance: { phase: 'Scheduling', conditions: [pull], phaseTransitionTimestamps: [] },
      },
      { reason: 'ImagePullFailed', message: 'failed to pull image' },
    ],
    [
      'none where it has run: what is not in order then does not keep it from running',
      { vm: { printableStatus: 'Running' }, instance: { conditions: [unmade] } },
      undefined,
    ],
  ])('%s', (_, { vm, instance }, want) => {
    const observed = observeVm(
      aVirtualMachine({ status: { ...vm } }),
      instance && anInstanceObject({ status: instance }),
    );
    expect(observed.trouble).toEqual(want);
  });
});
