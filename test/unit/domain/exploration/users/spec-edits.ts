import { choiceOf, specOf, type SpecChoice } from '../world/specs.ts';
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
