import { describe, expect, it } from '@jest/globals';
import { InstanceSpec } from '../../../../src/api/instance.ts';
import { decideInstance } from '../../../../src/domain/instance/decide.ts';
import { isObstacleReason, obstacleOf } from '../../../../src/domain/instance/obstacle.ts';
import type { VmTroubleReason } from '../../../../src/domain/observed.ts';
import { NOTHING_DONE, type Outcome } from '../../../../src/domain/outcome.ts';
import { driverErrors } from '../../../../src/drivers/driver-errors.ts';
import { aDisk, aRescue, aTemplatedInstance } from '../../../builders/instance.ts';
import {
  anInstanceObservation,
  aStoredInstance,
  aStatus,
  anOperation,
  NOW,
} from '../../../builders/observation.ts';
import { anObservedVm, aSpec, type SpecFields } from '../../../builders/vm.ts';

const CLAIM = aDisk();
const IMAGE = aDisk({ name: 'tools', source: { containerDisk: { image: 'registry.example/tools:1' } } });
const SEED = aDisk({
  name: 'seed',
  device: 'CDROM',
  source: { cloudInit: { secretName: 'web-1-userdata' } },
});
const VOLUME = aDisk({ name: 'data', source: { dataVolume: { name: 'web-1-data' } } });
const DISKS: SpecFields = { disks: [CLAIM, IMAGE, VOLUME, SEED] };
const RESCUE = { rescue: aRescue() };

interface Sight {
  readonly spec?: SpecFields;
  /** Of the boot that is stored and seen; default the one that is wanted. */
  readonly seen?: SpecFields;
  readonly trouble?: { reason: VmTroubleReason; message: string };
  readonly startedAt?: string;
  readonly starting?: boolean;
  readonly outcome?: Outcome;
}

function obstacle({ spec = DISKS, seen = spec, trouble, startedAt = NOW, starting, outcome }: Sight) {
  const operation = { ...anOperation(spec?.rescue === undefined ? 'Start' : 'Rescue'), startedAt };
  const instance = aStoredInstance({ spec, status: aStatus({ operation }) });
  const vm = anObservedVm({
    spec: aSpec(seen),
    running: starting === true ? { phase: 'Starting' } : undefined,
    trouble,
  });
  const observation = anInstanceObservation({ instance, vm });
  const { target, lock } = decideInstance(observation, NOW);
  return obstacleOf({ observation, target, lock, outcome: outcome ?? NOTHING_DONE, now: NOW });
}

const TROUBLES: readonly { reason: VmTroubleReason; words: string; normal: string; rescue: string }[] = [
  {
    reason: 'ClaimNotFound',
    words: "didn't find PVC web-1-root",
    normal:
      'Instance default/web-1 can\'t boot: claim "web-1-root" is not there. Create it, or name another in spec.disks; ' +
      "it goes on by itself then. (memory: didn't find PVC web-1-root)",
    rescue:
      'Instance default/web-1 can\'t boot its rescue system: claim "web-1-root" is not there. ' +
      'Create it, name another in spec.rescue.source or spec.disks, or remove spec.rescue; ' +
      "it goes on by itself then. (memory: didn't find PVC web-1-root)",
  },
  {
    reason: 'DataVolumeNotFound',
    words: 'KubeVirt says so.',
    normal:
      'Instance default/web-1 can\'t boot: DataVolume "web-1-data" is not there. Create it, or name another in spec.disks; ' +
      'it goes on by itself then. (memory: KubeVirt says so.)',
    rescue:
      'Instance default/web-1 can\'t boot its rescue system: DataVolume "web-1-data" is not there. ' +
      'Create it, or name another in spec.disks; it goes on by itself then. (memory: KubeVirt says so.)',
  },
  {
    reason: 'DataVolumeFailed',
    words: 'KubeVirt says so.',
    normal:
      'Instance default/web-1 can\'t boot: DataVolume "web-1-data" could not be filled. ' +
      'Make it anew, or name another in spec.disks; it goes on by itself then. (memory: KubeVirt says so.)',
    rescue:
      'Instance default/web-1 can\'t boot its rescue system: DataVolume "web-1-data" could not be filled. ' +
      'Make it anew, or name another in spec.disks; it goes on by itself then. (memory: KubeVirt says so.)',
  },
  {
    reason: 'ImagePullFailed',
    words: 'nothing that names it',
    normal:
      'Instance default/web-1 can\'t boot: image "registry.example/tools:1" can\'t be pulled. ' +
      'Make it available to the nodes, or name another in spec.disks; ' +
      'it goes on by itself then. (memory: nothing that names it)',
    rescue:
      'Instance default/web-1 can\'t boot its rescue system: image "registry.example/tools:1" or image "registry.example/rescue:1" ' +
      "can't be pulled. Name another in spec.rescue.source, make it available to the nodes, or remove spec.rescue; " +
      'it goes on by itself then. (memory: nothing that names it)',
  },
  {
    reason: 'Unschedulable',
    words: 'Insufficient memory',
    normal:
      "Instance default/web-1 can't boot: no node has what it needs. " +
      'Free or add a node that fits its size and spec.placement, or change these; ' +
      'it goes on by itself then. (memory: Insufficient memory)',
    rescue:
      "Instance default/web-1 can't boot its rescue system: no node has what it needs. " +
      'Free or add a node that fits its size and spec.placement, or change these; ' +
      'it goes on by itself then. (memory: Insufficient memory)',
  },
  {
    reason: 'BootFailed',
    words: '2 times',
    normal:
      "Instance default/web-1 can't boot: the VM ends before it runs. " +
      'Correct the spec, or rescue it with spec.rescue; it goes on by itself then. (memory: 2 times)',
    rescue:
      "Instance default/web-1 can't boot its rescue system: the VM ends before it runs. " +
      'Name another rescue system in spec.rescue.source, or remove spec.rescue; ' +
      'it goes on by itself then. (memory: 2 times)',
  },
  {
    reason: 'GuestPanicked',
    words: 'its panic device says so',
    normal:
      'Instance default/web-1 has crashed: the kernel of its guest has panicked. ' +
      'Rescue it with spec.rescue to look after its disks; ' +
      'else it is started again after a pause, which grows with each crash in a row. (memory: its panic device says so)',
    rescue:
      'Instance default/web-1 has crashed in its rescue system: the kernel of its guest has panicked. ' +
      'Name another rescue system in spec.rescue.source, or remove spec.rescue; ' +
      'else it is started again after a pause, which grows with each crash in a row. (memory: its panic device says so)',
  },
  {
    reason: 'BackendFailed',
    words: 'FailedCreate: exceeded quota',
    normal:
      "Instance default/web-1 can't boot: the backend reports a failure. " +
      'Mend what it names; it goes on by itself then. (memory: FailedCreate: exceeded quota)',
    rescue:
      "Instance default/web-1 can't boot its rescue system: the backend reports a failure. " +
      'Mend what it names; it goes on by itself then. (memory: FailedCreate: exceeded quota)',
  },
];

describe('the trouble of a VM, which may heal by itself', () => {
  it.each(TROUBLES)('$reason, in a normal boot', ({ reason, words, normal }) => {
    const want = { reason, message: normal, waitsForUser: false };
    expect(obstacle({ trouble: { reason, message: words } })).toEqual(want);
  });

  it.each(TROUBLES)('$reason, in a rescue', ({ reason, words, rescue }) => {
    const want = { reason, message: rescue, waitsForUser: false };
    expect(obstacle({ spec: { ...DISKS, ...RESCUE }, trouble: { reason, message: words } })).toEqual(want);
  });

  it('names only what the backend names, where it names one', () => {
    const trouble = { reason: 'ImagePullFailed', message: 'no registry.example/rescue:1 there' } as const;
    const { message } = obstacle({ spec: { ...DISKS, ...RESCUE }, trouble }) ?? {};
    expect(message).toContain('rescue system: image "registry.example/rescue:1" can\'t be pulled.');
  });

  it('of a native template is mended in the template', () => {
    const spec = InstanceSpec.parse(aTemplatedInstance().spec);
    const instance = aStoredInstance({ status: aStatus({ operation: anOperation('Start') }) });
    const vm = anObservedVm({ spec, running: undefined, trouble: { reason: 'ClaimNotFound', message: 'x' } });
    const observation = anInstanceObservation({ instance: { ...instance, spec }, vm });
    const { target, lock } = decideInstance(observation, NOW);
    expect(obstacleOf({ observation, target, lock, outcome: NOTHING_DONE, now: NOW })?.message).toBe(
      "Instance default/web-1 can't boot: a claim is not there. Create it, or name another in spec.kubevirt.template; " +
        'it goes on by itself then. (memory: x)',
    );
  });

  it('is none of the boot that follows', () => {
    const trouble = { reason: 'BootFailed', message: 'x' } as const;
    expect(obstacle({ spec: RESCUE, seen: {}, trouble })).toBeUndefined();
  });
});

describe('what the driver answers', () => {
  it.each<{ outcome: Outcome; want: unknown }>([
    {
      outcome: driverErrors.rejected('spec.x is wrong'),
      want: {
        reason: 'DriverRefused',
        message:
          'Driver memory refuses Instance default/web-1: spec.x is wrong. ' +
          'Correct what it names; it is asked again at once when the spec changes, and otherwise ever more rarely.',
        waitsForUser: true,
      },
    },
    {
      outcome: driverErrors.unsupported('No.'),
      want: {
        reason: 'DriverRefused',
        message:
          'Driver memory refuses Instance default/web-1: No. ' +
          'Correct what it names; it is asked again at once when the spec changes, and otherwise ever more rarely.',
        waitsForUser: true,
      },
    },
    {
      outcome: driverErrors.unavailable('no answer'),
      want: {
        reason: 'DriverUnavailable',
        message:
          "Driver memory can't work on Instance default/web-1: no answer. " +
          'It is asked again; if it stays so, look after the backend.',
        waitsForUser: false,
      },
    },
    { outcome: driverErrors.busy('A failed start is being cleared away.'), want: undefined },
    { outcome: { kind: 'Accepted' }, want: undefined },
  ])('$outcome.kind', ({ outcome, want }) => {
    expect(obstacle({ outcome })).toEqual(want);
  });
});

describe('a boot of which nothing is heard', () => {
  const LONG_AGO = new Date(Date.parse(NOW) - 120_000).toISOString();
  const JUST_NOW = new Date(Date.parse(NOW) - 119_000).toISOString();

  it.each<Sight & { name: string; want: string | undefined }>([
    {
      name: 'with a seed',
      startedAt: LONG_AGO,
      want:
        'Instance default/web-1 has been booting for more than 120 s, and the backend does not say why. ' +
        'Check that Secret "web-1-userdata" is there; it goes on by itself then.',
    },
    {
      name: 'of a rescue with credentials',
      spec: { ...DISKS, rescue: aRescue({ credentials: { secretName: 'rescue-login' } }) },
      startedAt: LONG_AGO,
      want:
        'Instance default/web-1 has been booting its rescue system for more than 120 s, and the backend does not say why. ' +
        'Check that Secret "rescue-login" is there; it goes on by itself then.',
    },
    {
      name: 'without anything that could be missing',
      spec: { disks: [CLAIM] },
      startedAt: LONG_AGO,
      want:
        'Instance default/web-1 has been booting for more than 120 s, and the backend does not say why. ' +
        'Look at the events of its pod; it goes on by itself then.',
    },
    { name: 'before patience is over', startedAt: JUST_NOW, want: undefined },
  ])('$name', ({ want, ...sight }) => {
    expect(obstacle({ ...sight, starting: true })).toEqual(
      want === undefined ? undefined : { reason: 'BootTakesLong', message: want, waitsForUser: false },
    );
  });
});

describe('the reasons', () => {
  it.each<[string | undefined, boolean]>([
    ['ClaimNotFound', true],
    ['DriverRefused', true],
    ['Running', false],
    ['toString', false],
    [undefined, false],
  ])('%s is one: %s', (reason, want) => {
    expect(isObstacleReason(reason)).toBe(want);
  });
});
