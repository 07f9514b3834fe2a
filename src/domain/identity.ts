import type { InstanceSpec, ResolvedIdentity } from '../api/instance.ts';
import { fingerprint } from './fingerprint.ts';

/** Where an Instance's identity may come from: what was frozen is believed first, then the spec, then the VM. */
export interface IdentitySources {
  readonly uid: string;
  readonly spec: InstanceSpec;
  /** As frozen in status at the first boot. */
  readonly frozen: ResolvedIdentity | undefined;
  /** Of the VM that is there already: adopted, retained, or made before status could be written. */
  readonly ofVm: ResolvedIdentity | undefined;
}

/** What the guest must never see change. What was frozen wins: a guest that has seen an identity keeps it. */
export function resolveIdentity({ uid, spec, frozen, ofVm }: IdentitySources): ResolvedIdentity {
  const { firmwareUUID = uid, serial } = { ...ofVm, ...spec.identity, ...frozen };
  const macAddresses = {
    ...ofVm?.macAddresses,
    ...spec.identity?.macAddresses,
    ...frozen?.macAddresses,
  };
  return {
    firmwareUUID,
    serial: serial ?? firmwareUUID,
    macAddresses: Object.fromEntries(
      (spec.networks ?? []).map(({ name }) => [name, macAddresses[name] ?? derivedMac(uid, name)]),
    ),
  };
}

/** A locally administered unicast address; 40 bits of it from the uid and the network's name. */
function derivedMac(uid: string, network: string): string {
  const digits = fingerprint([uid, network]).slice(0, 10);
  return ['02', ...(digits.match(/../g) ?? [])].join(':');
}

/** Serial of a disk: at most 20 characters (the limit of virtio-blk), the same on every boot and node. */
export function diskSerial(identity: ResolvedIdentity, diskName: string): string {
  return fingerprint([identity.firmwareUUID, diskName]);
}
