import type { InstanceSpec } from '../../../../../src/api/instance.ts';
import { aRescue } from '../../../../builders/instance.ts';
import { aSpec, INSTANCE_UID } from '../../../../builders/vm.ts';
import { NOTHING } from './stale.ts';
import type { StoredInstance, World } from './world.ts';

/** What users change of a spec. */
export interface SpecChoice {
  readonly rescued: boolean;
  readonly powerState: 'Running' | 'Stopped';
  readonly cores: 1 | 2;
  readonly deletionPolicy: 'Delete' | 'Retain';
  /** Of the rescue. */
  readonly lease: LeaseName;
  readonly image: 1 | 2;
}

/** The short ones end at the next moment of the clock. */
const LEASES = {
  None: {},
  Unrescue: { expiresAfter: '4h', onExpiry: 'Unrescue' },
  Longer: { expiresAfter: '8h', onExpiry: 'Unrescue' },
  Stop: { expiresAfter: '4h', onExpiry: 'Stop' },
  Keep: { expiresAfter: '4h', onExpiry: 'Keep' },
} as const satisfies Record<string, Parameters<typeof aRescue>[0]>;

export type LeaseName = keyof typeof LEASES;

interface Known {
  readonly choice: SpecChoice;
  readonly spec: InstanceSpec;
}

const byKey = new Map<string, Known>();
const bySpec = new Map<InstanceSpec, Known>();

/** One object for each spec, so that equal specs are the same. What a spec can't hold is not remembered. */
export function specOf(asked: SpecChoice): InstanceSpec {
  const choice: SpecChoice = asked.rescued ? asked : { ...asked, lease: 'None', image: 1 };
  const key = Object.values(choice).join(' ');
  const known = byKey.get(key) ?? { choice, spec: made(choice) };
  byKey.set(key, known);
  bySpec.set(known.spec, known);
  return known.spec;
}

function made({ rescued, powerState, cores, deletionPolicy, lease, image }: SpecChoice): InstanceSpec {
  const source = { containerDisk: { image: `registry.example/rescue:${image}` } };
  const rescue = rescued && { rescue: aRescue({ source, ...LEASES[lease] }) };
  return aSpec({ powerState, cpu: { cores }, deletionPolicy, ...rescue });
}

export function choiceOf(spec: InstanceSpec): SpecChoice {
  const known = bySpec.get(spec);
  if (known === undefined) throw new Error('no user of this world has written this spec');
  return known.choice;
}

/** As users create it. */
export const CREATED: StoredInstance = {
  uid: INSTANCE_UID,
  spec: specOf({
    rescued: false,
    powerState: 'Running',
    cores: 1,
    deletionPolicy: 'Delete',
    lease: 'None',
    image: 1,
  }),
  deleting: false,
  status: undefined,
  adopts: false,
};

/** An Instance was created, and nobody has seen it yet. */
export const START: World = {
  instance: CREATED,
  liveMigrations: [],
  vm: undefined,
  guest: undefined,
  migration: undefined,
  foreign: undefined,
  incapable: [],
  lost: {},
  faults: 0,
  stale: NOTHING,
  ordered: undefined,
  unanswered: [],
  former: undefined,
  clock: 0,
  rival: undefined,
};
