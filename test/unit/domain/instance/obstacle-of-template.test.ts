import { describe, expect, it } from '@jest/globals';
import { InstanceSpec, type Operation } from '../../../../src/api/instance.ts';
import { decideInstance } from '../../../../src/domain/instance/decide.ts';
import { obstacleOf } from '../../../../src/domain/instance/obstacle.ts';
import type { VmTroubleReason } from '../../../../src/domain/observed.ts';
import { NOTHING_DONE } from '../../../../src/domain/outcome.ts';
import { aRescue, aTemplatedInstance } from '../../../builders/instance.ts';
import {
  anInstanceObservation,
  anOperation,
  aStatus,
  aStoredInstance,
  NOW,
} from '../../../builders/observation.ts';
import { anObservedVm, aSpec } from '../../../builders/vm.ts';

const LONG_AGO = '2026-11-23T09:00:00.000Z';
const RESCUE = aRescue({ credentials: { secretName: 'rescue-login' } });

/** Of a native template, rescued where that is given, whose boot began an hour ago. */
function message(rescue?: typeof RESCUE, reason?: VmTroubleReason): string | undefined {
  const spec = InstanceSpec.parse({ ...aTemplatedInstance().spec, ...(rescue && { rescue }) });
  const operation = { ...anOperation(rescue ? 'Rescue' : 'Start'), startedAt: LONG_AGO };
  const instance = { ...aStoredInstance({ status: aStatus({ operation }) }), spec };
  const trouble = reason && { reason, message: 'x' };
  const vm = anObservedVm({ spec, running: { phase: 'Starting' }, trouble });
  const observation = anInstanceObservation({ instance, vm });
  const { target, lock } = decideInstance(observation, NOW);
  return obstacleOf({ observation, target, lock, outcome: NOTHING_DONE, now: NOW })?.message;
}

describe('what keeps a native template from booting', () => {
  it.each<{ reason: VmTroubleReason; words: string }>([
    { reason: 'DataVolumeNotFound', words: "can't boot: a DataVolume is not there." },
    { reason: 'DataVolumeFailed', words: "can't boot: a DataVolume could not be filled." },
    { reason: 'ImagePullFailed', words: "can't boot: an image can't be pulled." },
  ])('only its driver knows what is inside: $reason', ({ reason, words }) => {
    expect(message(undefined, reason)).toContain(`Instance default/web-1 ${words}`);
  });

  it('is the image of its rescue, which is ours', () => {
    expect(message(RESCUE, 'ImagePullFailed')).toContain(
      'can\'t boot its rescue system: image "registry.example/rescue:1" can\'t be pulled.',
    );
  });

  it('may be the Secret of its rescue, where nobody says why it takes so long', () => {
    expect(message(RESCUE)).toContain('Check that Secret "rescue-login" is there;');
    expect(message(aRescue())).toContain('Look at the events of its pod;');
    expect(message()).toContain('Look at the events of its pod;');
  });
});

describe('a boot that takes long is no obstacle', () => {
  const STOPPED = { powerState: 'Stopped' } as const;
  const lockOf = (type: Operation['type']): Operation => ({ ...anOperation(type), startedAt: LONG_AGO });

  it.each<{ name: string; lock: Operation | undefined; spec?: typeof STOPPED; phase?: 'Stopping' }>([
    { name: 'where nobody is at it but the backend', lock: undefined },
    { name: 'where the VM is migrated', lock: lockOf('Migrate') },
    { name: 'where it is to be stopped', lock: lockOf('Stop'), spec: STOPPED },
    { name: 'where the boot before it still ends', lock: lockOf('Start'), phase: 'Stopping' },
  ])('$name', ({ lock, spec = {}, phase }) => {
    const instance = aStoredInstance({ spec, status: aStatus() });
    const observation = anInstanceObservation({
      instance,
      vm: anObservedVm({ running: { phase: phase ?? 'Starting' } }),
    });
    const { target } = decideInstance(observation, NOW);
    expect(obstacleOf({ observation, target, lock, outcome: NOTHING_DONE, now: NOW })).toBeUndefined();
  });

  it('where the trouble is of the boot that is being left', () => {
    const rescue = aRescue();
    const instance = aStoredInstance({
      spec: { rescue },
      status: aStatus({ operation: anOperation('Rescue') }),
    });
    const trouble = { reason: 'BootFailed', message: 'x' } as const;
    const stored = anObservedVm({ spec: aSpec({ rescue }), trouble });
    const vm = { ...stored, running: anObservedVm().running };
    const observation = anInstanceObservation({ instance, vm });
    const { target, lock } = decideInstance(observation, NOW);
    expect(obstacleOf({ observation, target, lock, outcome: NOTHING_DONE, now: NOW })).toBeUndefined();
  });
});
