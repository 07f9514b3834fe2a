import type { InstanceSpec } from '../../../../../src/api/instance.ts';
import { aRescue } from '../../../../builders/instance.ts';
import { aSpec } from '../../../../builders/vm.ts';
import type { StoredInstance, World } from './world.ts';

/** What users change of a spec. */
export interface SpecChoice {
  readonly rescued: boolean;
  readonly powerState: 'Running' | 'Stopped';
  readonly cores: 1 | 2;
}

const specs = new Map<string, InstanceSpec>();

/** One object for each spec, so that equal specs are the same. */
export function specOf({ rescued, powerState, cores }: SpecChoice): InstanceSpec {
  const key = `${rescued} ${powerState} ${cores}`;
  const known = specs.get(key);
  if (known !== undefined) return known;
  const spec = aSpec({ powerState, cpu: { cores }, ...(rescued && { rescue: aRescue() }) });
  specs.set(key, spec);
  return spec;
}

export function choiceOf({ rescue, powerState, cpu }: InstanceSpec): SpecChoice {
  return { rescued: rescue !== undefined, powerState, cores: cpu?.cores === 2 ? 2 : 1 };
}

const CREATED: StoredInstance = {
  spec: specOf({ rescued: false, powerState: 'Running', cores: 1 }),
  deleting: false,
  status: undefined,
};

/** An Instance was created, and nobody has seen it yet. */
export const START: World = {
  instance: CREATED,
  liveMigrations: [],
  vm: undefined,
  guest: undefined,
  migration: undefined,
  incapable: [],
  faults: 0,
  stale: {},
  unanswered: [],
  former: undefined,
};
