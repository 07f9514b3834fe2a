import type { DriverName, Instance } from '../../api/instance.ts';
import { resolveIdentity } from '../identity.ts';
import type { ObservedMigration, ObservedNode, ObservedVm, Power } from '../observed.ts';
import { renderVm, type RenderedVm } from '../vm.ts';
import { leaseOf, type Lease } from './lease.ts';

/** Everything that is known of an Instance at one moment. Absent is `undefined`. */
export interface InstanceObservation {
  readonly instance: Instance;
  /** The driver that its spec or the operator's configuration names. */
  readonly driver: DriverName;
  readonly vm: ObservedVm | undefined;
  /** The node that the VM runs on. */
  readonly node: ObservedNode | undefined;
  /** Of the migration that holds the lock, if one does. */
  readonly migration: MigrationHold | undefined;
}

export interface MigrationHold {
  readonly uid: string;
  /** Whether its LiveMigration is still there. */
  readonly exists: boolean;
  readonly observed: ObservedMigration | undefined;
}

/** The VM, if it is the Instance's own: what somebody else made under its name says nothing of the Instance. */
export function ownVm({ instance, vm }: InstanceObservation): ObservedVm | undefined {
  return vm?.instanceUid === instance.metadata.uid ? vm : undefined;
}

/** What an Instance should be now. */
export interface Target {
  readonly vm: RenderedVm;
  readonly power: Power;
  readonly lease: Lease;
}

/**
 * The VM as the stored spec wants it at an instant (RFC 3339). A rescue boots also a VM that should be stopped otherwise.
 */
export function targetOf(observation: InstanceObservation, now: string): Target {
  const { spec, metadata, status } = observation.instance;
  const lease = leaseOf(observation.instance, now);
  const identity = resolveIdentity({
    uid: metadata.uid,
    spec,
    frozen: status?.resolved?.identity,
    ofVm: ownVm(observation)?.identity,
  });
  return {
    vm: renderVm(spec, identity, lease.rescue),
    power: powerOf(spec, lease),
    lease,
  };
}

function powerOf({ powerState }: Instance['spec'], { rescue, record }: Lease): Power {
  if (rescue !== undefined) return 'On';
  return powerState === 'Stopped' || record?.expired?.action === 'Stop' ? 'Off' : 'On';
}

/** Whether a VM was booted in the mode, and from the rescue system, that is wanted. Its hardware may differ. */
export function sameBoot(a: RenderedVm['boot'], b: RenderedVm['boot']): boolean {
  return a.mode === b.mode && a.session === b.session;
}
