import { aRenderedVm } from '../../../../builders/vm.ts';
import type { Boot } from '../../../../../src/domain/vm.ts';
import { idOf } from '../world/numbering.ts';
import { seen } from '../world/stale.ts';
import type { World } from '../world/world.ts';
import type { Property } from './property.ts';

/**
 * Rule 1: what is stored at the backend is the one VM that the stored spec asks for, whatever has been before: rescues,
 * migrations, crashes. The boot carries the fingerprint of all that is rendered, so that equal boots are equal VMs
 * (test/unit/domain/vm.test.ts holds what is rendered, field by field).
 */
export const RENDERING: readonly Property[] = [
  function rendersTheSpec(before, { order }) {
    const { instance } = seen(before);
    if (order?.kind !== 'Define' || instance === undefined) return undefined;
    const wanted = bootOf(instance.spec);
    return idOf(order.boot) === idOf(wanted)
      ? undefined
      : `the VM is stored as ${textOf(order.boot)}, the spec asks for ${textOf(wanted)}`;
  },
];

type Spec = NonNullable<World['instance']>['spec'];

const boots = new Map<Spec, Boot>();

/** How the VM of a spec is booted. Its identity is derived from the uid in this world. */
export function bootOf(spec: Spec): Boot {
  const known = boots.get(spec) ?? aRenderedVm(spec).boot;
  boots.set(spec, known);
  return known;
}

function textOf({ mode, specHash }: Boot): string {
  return `${mode} ${specHash}`;
}
