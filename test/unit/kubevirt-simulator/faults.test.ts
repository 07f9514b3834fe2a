import { describe, expect, it } from '@jest/globals';
import { defaultDelays, Faults } from '../../kubevirt-simulator/faults.ts';
import type { VirtualMachineInstance } from '../../kubevirt-simulator/objects/kinds.ts';
import { startBackoffSeconds } from '../../kubevirt-simulator/virt-controller/machine/start-failure.ts';
import { migration } from './machines.ts';

function instance(annotations: Record<string, string> = {}): VirtualMachineInstance {
  return {
    metadata: { namespace: 'vms', name: 'vm-a', annotations },
    spec: { domain: { devices: {} } },
  };
}

describe('failures and delays', () => {
  it('are those of the recordings when nothing is said', () => {
    expect(new Faults().of(instance())).toEqual({ delays: defaultDelays });
  });

  it('come from the options, then from the instance, then from the migration', () => {
    const faults = new Faults({
      instances: { 'vms/vm-a': { migrationFails: 'by option', abortFails: true } },
    });
    const onInstance = instance({ 'kubevirt-simulator/fail': 'by instance' });
    const plain = migration();
    const onMigration = {
      ...plain,
      metadata: { ...plain.metadata, annotations: { 'kubevirt-simulator/fail': 'by migration' } },
    };

    expect(faults.of(instance())).toMatchObject({ migrationFails: 'by option', abortFails: true });
    expect(faults.of(onInstance, plain)).toMatchObject({ migrationFails: 'by instance', abortFails: true });
    expect(faults.of(onInstance, onMigration)).toMatchObject({
      migrationFails: 'by migration',
      abortFails: true,
    });
  });

  it('heal', () => {
    const faults = new Faults({ instances: { 'vms/vm-a': { doesNotBoot: true } } });

    faults.setInstance('vms/vm-a', {});

    expect(faults.of(instance()).doesNotBoot).toBeUndefined();
  });

  it('read seconds from annotations', () => {
    const slow = instance({
      'kubevirt-simulator/migration-seconds': '5',
      'kubevirt-simulator/boot-seconds': '0.2',
    });

    expect(new Faults().of(slow).delays).toMatchObject({ migrationMs: 5000, bootMs: 200 });
  });

  it.each([
    ['target-pod', 'crash', { targetPod: 'crash' }],
    ['abort', 'fail', { abortFails: true }],
    ['stick-at', 'prepare', { targetNeverReady: true }],
    ['boot', 'fail', { doesNotBoot: true }],
  ])('know the annotation %s: %s', (name, value, failure) => {
    expect(new Faults().of(instance({ [`kubevirt-simulator/${name}`]: value }))).toMatchObject(failure);
  });

  it('do not take a value that they do not know for a failure', () => {
    expect(
      new Faults().of(instance({ 'kubevirt-simulator/target-pod': 'explode' })).targetPod,
    ).toBeUndefined();
  });
});

describe('the back-off between starts that failed', () => {
  it.each([
    [1, 10, 15],
    [2, 40, 60],
    [3, 90, 135],
    [5, 250, 300],
    [6, 300, 300],
  ])('is after %d failures between %d and %d seconds', (failures, least, most) => {
    expect(startBackoffSeconds(failures, () => 0)).toBe(least);
    expect(startBackoffSeconds(failures, () => 0.999_999)).toBe(most);
  });
});
