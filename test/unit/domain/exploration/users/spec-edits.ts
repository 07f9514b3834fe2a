import { choiceOf, specOf, type LeaseName, type SpecChoice } from '../world/specs.ts';
import { chance, type Step } from '../world/step.ts';
import type { StoredInstance, World } from '../world/world.ts';

export function rescueSteps(world: World): Step[] {
  return edit(world, ({ rescued }) => ({
    name: rescued ? 'user unrescues' : 'user rescues',
    change: { rescued: !rescued },
  }));
}

export function powerSteps(world: World): Step[] {
  return edit(world, (now) => {
    const powerState = now.powerState === 'Running' ? 'Stopped' : 'Running';
    return { name: `user sets powerState ${powerState}`, change: { powerState } };
  });
}

export function editSteps(world: World): Step[] {
  return edit(world, (now) => {
    const cores = now.cores === 1 ? 2 : 1;
    return { name: `user sets ${cores} cores`, change: { cores } };
  });
}

/** Each lease follows another one: whatever is between two that are seen, nobody has seen. */
const NEXT_LEASE = {
  None: 'Unrescue',
  Unrescue: 'Longer',
  Longer: 'Stop',
  Stop: 'Keep',
  Keep: 'None',
} as const satisfies Record<LeaseName, LeaseName>;

export function leaseSteps(world: World): Step[] {
  return edit(world, ({ rescued, lease }) => {
    const next = NEXT_LEASE[lease];
    if (!rescued) return { name: 'user rescues with a lease', change: { rescued: true, lease: 'Unrescue' } };
    return { name: `user sets the lease to ${next}`, change: { lease: next } };
  });
}

/** They rescue for a short time only. */
export function shortRescueSteps(world: World): Step[] {
  return edit(world, ({ rescued }) => ({
    name: rescued ? 'user unrescues' : 'user rescues with a lease',
    change: { rescued: !rescued, lease: 'Unrescue' },
  }));
}

/** They make a lease longer or shorter. */
export function extensionSteps(world: World): Step[] {
  return edit(world, ({ rescued, lease }) => {
    const next = lease === 'Longer' ? 'Unrescue' : 'Longer';
    return { name: `user sets the lease to ${next}`, change: rescued ? { lease: next } : {} };
  });
}

export function imageSteps(world: World): Step[] {
  return edit(world, ({ rescued, image }) => {
    const next = image === 1 ? 2 : 1;
    return { name: `user rescues from image ${next}`, change: rescued ? { image: next } : {} };
  });
}

export function policySteps(world: World): Step[] {
  return edit(world, (now) => {
    const deletionPolicy = now.deletionPolicy === 'Delete' ? 'Retain' : 'Delete';
    return { name: `user sets deletionPolicy ${deletionPolicy}`, change: { deletionPolicy } };
  });
}

interface Edit {
  readonly name: string;
  readonly change: Partial<SpecChoice>;
}

function edit(world: World, editOf: (now: SpecChoice) => Edit): Step[] {
  const { instance } = world;
  if (instance === undefined) return [];
  const now = choiceOf(instance.spec);
  const { name, change } = editOf(now);
  const edited: StoredInstance = { ...instance, spec: specOf({ ...now, ...change }) };
  return [chance(name, { ...world, instance: edited })];
}
