import { ADOPT_ANNOTATION } from '../api/names.ts';
import { INSTANCES } from '../api/resources.ts';
import type { Adoption } from '../drivers/kubevirt/adopt.ts';
import { apiVersionOf } from '../kube/resource.ts';

interface VmName {
  readonly namespace: string;
  readonly name: string;
}

/** The Instance that takes a VM over. */
export function instanceManifest({ namespace, name }: VmName, { spec }: Adoption): object {
  return {
    apiVersion: apiVersionOf(INSTANCES),
    kind: INSTANCES.kind,
    metadata: { name, namespace, annotations: { [ADOPT_ANNOTATION]: 'true' } },
    spec,
  };
}

/** Why no Instance can take a VM over now; `undefined`: one can. Pure. */
export function whyNotAdopted(
  { namespace, name }: VmName,
  { ownership, rescued }: Adoption,
): string | undefined {
  const vm = `VirtualMachine ${namespace}/${name}`;
  if (!/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name)) {
    return `${vm} can't be taken over: the name of an Instance is at most 63 small letters, digits and dashes. Make a VM of another name from its disks.`;
  }
  if (ownership.kind === 'Other') {
    return `${vm} can't be taken over: ${ownership.controller} controls it, and would fight for it. Take it out of that first.`;
  }
  if (ownership.kind === 'Instance' && ownership.deletionPolicy === 'Delete') {
    return `${vm} belongs to an Instance already. kubectl medevac list -n ${namespace} shows it.`;
  }
  if (rescued) {
    return `${vm} is booted from a rescue system. Apply the manifest of the Instance that it was left behind by, without spec.rescue.`;
  }
  return undefined;
}

/** What should be known before the manifest is applied, a line each. Pure. */
export function adoptionNotes(
  { namespace, name }: VmName,
  { notPortable, changes, spec }: Adoption,
): string[] {
  return [
    `Takes VirtualMachine ${namespace}/${name} over when it is applied: it is not restarted, and keeps its identity.`,
    'Who applies it needs the right to update VirtualMachines in the namespace' +
      `${'kubevirt' in spec ? ', and to create them' : ''}.`,
    ...portableNotes(notPortable),
    ...(changes.length === 0
      ? ['Nothing of the VM changes.']
      : ['At the next start, rescue or unrescue these become:']),
    ...changes.map(({ path, was, becomes }) => `  ${path}: ${text(was)} -> ${text(becomes)}`),
  ];
}

function portableNotes(notPortable: readonly string[]): string[] {
  if (notPortable.length === 0) return [];
  return [
    'It has the template of the VM, because portable fields would change these of it, or have no words for them:',
    ...notPortable.map((path) => `  ${path}`),
  ];
}

function text(value: unknown): string {
  return value === undefined ? '(none)' : JSON.stringify(value);
}
