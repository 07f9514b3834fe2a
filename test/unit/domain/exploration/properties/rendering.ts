import { aRenderedVm } from '../../../../builders/vm.ts';
import type { Boot } from '../../../../../src/domain/vm.ts';
import { inForce } from '../world/in-force.ts';
import { idOf } from '../world/numbering.ts';
import { seen } from '../world/stale.ts';
import type { StoredInstance } from '../world/world.ts';
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
    const { vm } = seen(before);
    const wanted = bootOf(inForce(instance), vm?.identity ?? frozenOf(instance));
    return idOf(order.boot) === idOf(wanted)
      ? undefined
      : `the VM is stored as ${textOf(order.boot)}, the spec asks for ${textOf(wanted)}`;
  },
  function keepsTheIdentity({ vm }, { order, next }) {
    if (order === undefined || vm === undefined || next.vm?.uid !== vm.uid) return undefined;
    return next.vm.identity === vm.identity
      ? undefined
      : `${order.kind} changes the identity of a VM from ${vm.identity} to ${next.vm.identity}`;
  },
];

/** What a guest has seen already, else what is derived from the uid. */
function frozenOf({ uid, status }: StoredInstance): string {
  return status?.resolved?.identity.firmwareUUID ?? uid;
}

type Spec = StoredInstance['spec'];

const boots = new Map<string, Map<Spec, Boot>>();

/** How the VM of a spec is booted, with the identity that is derived from a uid. */
export function bootOf(spec: Spec, identity: string): Boot {
  const ofIdentity = boots.get(identity) ?? new Map<Spec, Boot>();
  boots.set(identity, ofIdentity);
  const known = ofIdentity.get(spec) ?? aRenderedVm(spec, identity).boot;
  ofIdentity.set(spec, known);
  return known;
}

function textOf({ mode, specHash }: Boot): string {
  return `${mode} ${specHash}`;
}
