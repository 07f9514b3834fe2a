import type { InstanceSpec, ResolvedIdentity } from '../../../api/instance.ts';
import { ADOPT_ANNOTATION } from '../../../api/names.ts';
import { canonicalJson } from '../../fingerprint.ts';
import type { ObservedVm } from '../../observed.ts';
import type { Facet, Intent } from '../intent.ts';
import type { InstanceObservation, Target } from '../observation.ts';
import { standingOf } from '../standing.ts';

/** Whose the VM of the Instance's name is: one that somebody else made is never touched unless it is to be adopted. */
export const ownership: Facet = (observation, target) => {
  const { instance, vm } = observation;
  if (vm === undefined) return undefined;
  switch (standingOf(observation)) {
    case 'None':
      return undefined;
    case 'Own':
      return isAsOrdered(vm, instance.spec) ? undefined : { kind: 'Claim', vmUid: vm.uid };
    case 'ToTakeOver':
      return takeOver(observation, target, vm);
    case 'Leaving':
      return {
        kind: 'Await',
        removes: !observation.followsOwnerReferences,
        reason: 'PreviousVm',
        message: `Waiting until the VM ${nameOf(observation)} of an Instance that was deleted is gone.`,
      };
    case 'Foreign':
      return { kind: 'Stall', reason: 'NotOwned', message: whyNotOwned(observation, vm) };
  }
};

function isAsOrdered({ ownership: found }: ObservedVm, { deletionPolicy }: InstanceSpec): boolean {
  return found.kind === 'Instance' && found.deletionPolicy === deletionPolicy;
}

/** Only whose it is changes now; what it boots stays as it is until the next boot that the Instance asks for. */
function takeOver(observation: InstanceObservation, { vm: wanted }: Target, vm: ObservedVm): Intent {
  const { instance } = observation;
  const conflicts = identityConflicts(instance.spec.identity, vm.identity);
  if (conflicts.length > 0) {
    const message =
      `Instance ${nameOf(observation)} can't take over the VM of its name, whose guest must not see its identity ` +
      `change: ${conflicts.join(', ')}. Create the Instance anew without these fields, or delete the VM.`;
    return { kind: 'Stall', reason: 'IdentityConflict', message };
  }
  const frozen = instance.status?.resolved?.identity;
  return frozen === undefined || canonicalJson(frozen) === canonicalJson(wanted.identity)
    ? { kind: 'Claim', vmUid: vm.uid }
    : { kind: 'TakeNote' };
}

/** Where the identity that is asked for is not that of the VM; what the VM does not say may be chosen. */
function identityConflicts(asked: InstanceSpec['identity'], found: ResolvedIdentity | undefined): string[] {
  if (asked === undefined || found === undefined) return [];
  const fields: [name: string, asked: string | undefined, found: string | undefined][] = [
    ['firmwareUUID', asked.firmwareUUID?.toLowerCase(), found.firmwareUUID.toLowerCase()],
    ['serial', asked.serial, found.serial],
  ];
  for (const [network, mac] of Object.entries(asked.macAddresses ?? {})) {
    fields.push([`macAddresses.${network}`, mac, found.macAddresses[network]?.toLowerCase()]);
  }
  return fields
    .filter(([, wanted, has]) => wanted !== undefined && has !== undefined && wanted !== has)
    .map(([name, wanted, has]) => `spec.identity.${name} is ${wanted}, the VM has ${has}`);
}

function whyNotOwned(observation: InstanceObservation, { ownership: found }: ObservedVm): string {
  const { vmOwner, instance } = observation;
  const there = `A virtual machine ${nameOf(observation)} is there already`;
  if (found.kind === 'Other') {
    return `${there} and is controlled by ${found.controller}. Release it there, or give the Instance another name.`;
  }
  if (vmOwner !== undefined) {
    return `${there} and belongs to Instance ${instance.metadata.namespace}/${vmOwner}. Delete the VM, or give the Instance another name.`;
  }
  return (
    `${there} and does not belong to this Instance. Delete it, give the Instance another name, or let the Instance ` +
    `take the VM over as it runs with annotation ${ADOPT_ANNOTATION}: "true".`
  );
}

function nameOf({ instance: { metadata } }: InstanceObservation): string {
  return `${metadata.namespace}/${metadata.name}`;
}
