import type { DiskSource } from '../../api/hardware.ts';
import type { DriverName } from '../../api/instance.ts';
import { PATIENCE_WITH_BOOTS } from '../backoff.ts';
import type { VmTrouble, VmTroubleReason } from '../observed.ts';
import type { RenderedVm } from '../vm.ts';
import type { Target } from './observation.ts';

type Mode = RenderedVm['boot']['mode'];

interface Explanation {
  /** What becomes of the VM; absent: it can't boot. */
  readonly consequence?: Consequence;
  /** What is wrong; `things` names what the boot needs of that kind. */
  readonly wrong: (things: string) => string;
  /** Names of what may be to blame. */
  readonly things: (vm: RenderedVm) => readonly string[];
  readonly remedy: Readonly<Record<Mode, string>>;
}

interface Consequence {
  readonly what: Readonly<Record<Mode, string>>;
  /** What happens next. */
  readonly then: string;
}

const CANT_BOOT: Consequence = {
  what: { Normal: "can't boot", Rescue: "can't boot its rescue system" },
  then: 'it goes on by itself then',
};
const HAS_CRASHED: Consequence = {
  what: { Normal: 'has crashed', Rescue: 'has crashed in its rescue system' },
  then: 'else it is started again after a pause, which grows with each crash in a row',
};

const nothing = () => [];
const LEAVE = 'or remove spec.rescue';
/** Where the disks of a boot are said; `DISKS` is replaced by the field that the Instance has. */
const DISKS = 'spec.disks';

const EXPLANATIONS: Readonly<Record<VmTroubleReason, Explanation>> = {
  ClaimNotFound: {
    wrong: (claims) => `${claims || 'a claim'} is not there`,
    things: (vm) => named('claim', vm, ({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName),
    remedy: {
      Normal: `Create it, or name another in ${DISKS}`,
      Rescue: `Create it, name another in spec.rescue.source or ${DISKS}, ${LEAVE}`,
    },
  },
  DataVolumeNotFound: {
    wrong: (volumes) => `${volumes || 'a DataVolume'} is not there`,
    things: dataVolumes,
    remedy: both(`Create it, or name another in ${DISKS}`),
  },
  DataVolumeFailed: {
    wrong: (volumes) => `${volumes || 'a DataVolume'} could not be filled`,
    things: dataVolumes,
    remedy: both(`Make it anew, or name another in ${DISKS}`),
  },
  ImagePullFailed: {
    wrong: (images) => `${images || 'an image'} can't be pulled`,
    things: (vm) => named('image', vm, ({ containerDisk }) => containerDisk?.image),
    remedy: {
      Normal: `Make it available to the nodes, or name another in ${DISKS}`,
      Rescue: `Name another in spec.rescue.source, make it available to the nodes, ${LEAVE}`,
    },
  },
  Unschedulable: {
    wrong: () => 'no node has what it needs',
    things: nothing,
    remedy: both('Free or add a node that fits its size and spec.placement, or change these'),
  },
  BootFailed: {
    wrong: () => 'the VM ends before it runs',
    things: nothing,
    remedy: {
      Normal: 'Correct the spec, or rescue it with spec.rescue',
      Rescue: `Name another rescue system in spec.rescue.source, ${LEAVE}`,
    },
  },
  GuestPanicked: {
    consequence: HAS_CRASHED,
    wrong: () => 'the kernel of its guest has panicked',
    things: nothing,
    remedy: {
      Normal: 'Rescue it with spec.rescue to look after its disks',
      Rescue: `Name another rescue system in spec.rescue.source, ${LEAVE}`,
    },
  },
  BackendFailed: {
    wrong: () => 'the backend reports a failure',
    things: nothing,
    remedy: both('Mend what it names'),
  },
};

function both(remedy: string): Explanation['remedy'] {
  return { Normal: remedy, Rescue: remedy };
}

function dataVolumes(vm: RenderedVm): string[] {
  return named('DataVolume', vm, ({ dataVolume }) => dataVolume?.name);
}

/** `claim "a"` for each source of a boot that has such a name. What a native template has inside only its driver knows. */
function named(
  what: string,
  { hardware }: RenderedVm,
  nameIn: (source: DiskSource) => string | undefined,
): string[] {
  const rescue = hardware.kind === 'Native' && hardware.rescue !== undefined ? [hardware.rescue.disk] : [];
  const disks = hardware.kind === 'Portable' ? hardware.disks : rescue;
  const names = disks.map(({ source }) => nameIn(source)).filter((name) => name !== undefined);
  return [...new Set(names)].map((name) => `${what} "${name}"`);
}

/** What a trouble of the backend means for the Instance, and what to do. */
export function explainTrouble({
  instance,
  driver,
  trouble,
  target: { vm },
}: {
  readonly instance: string;
  readonly driver: DriverName;
  readonly trouble: VmTrouble;
  readonly target: Target;
}): string {
  const { wrong, things, remedy, consequence = CANT_BOOT } = EXPLANATIONS[trouble.reason];
  const { mode } = vm.boot;
  const all = things(vm);
  // The backend mostly says which; where it doesn't, it may be any.
  const blamed = all.filter((thing) => trouble.message.includes(thing.slice(thing.indexOf('"') + 1, -1)));
  const what = wrong((blamed.length > 0 ? blamed : all).join(' or '));
  const fields = vm.hardware.kind === 'Native' ? 'spec.kubevirt.template' : DISKS;
  const advice = remedy[mode].replace(DISKS, fields);
  return `${instance} ${consequence.what[mode]}: ${what}. ${advice}; ${consequence.then}. (${driver}: ${trouble.message})`;
}

/** Of a boot of which nothing is heard: what it needs and nobody reports missing. */
export function bootTakesLong(instance: string, { vm }: Target): string {
  const { hardware } = vm;
  const secrets = named('Secret', vm, ({ cloudInit }) => cloudInit?.secretName);
  const credentials =
    hardware.kind === 'Native' && hardware.rescue?.credentialsSecret !== undefined
      ? [`Secret "${hardware.rescue.credentialsSecret}"`]
      : [];
  const needed = [...secrets, ...credentials].join(' and ');
  const advice = needed === '' ? 'Look at the events of its pod' : `Check that ${needed} is there`;
  return (
    `${instance} has been booting${systemOf(vm)} for more than ${PATIENCE_WITH_BOOTS / 1_000} s, and the backend does not say why. ` +
    `${advice}; it goes on by itself then.`
  );
}

function systemOf({ boot }: RenderedVm): string {
  return boot.mode === 'Rescue' ? ' its rescue system' : '';
}
