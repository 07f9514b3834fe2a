import type { DriverName, Instance } from '../../api/instance.ts';
import { resolveIdentity } from '../identity.ts';
import type { ObservedMigration, ObservedNode, ObservedVm, Power } from '../observed.ts';
import { renderVm, type RenderedVm } from '../vm.ts';
import type { DiskRival } from './disk-rivals.ts';
import { standingOf } from './standing.ts';

/** Everything that is known of an Instance at one moment. Absent is `undefined`. */
export interface InstanceObservation {
  readonly instance: Instance;
  /** The driver that its spec or the operator's configuration names. */
  readonly driver: DriverName;
  readonly vm: ObservedVm | undefined;
  /** Name of another Instance that the VM belongs to; `undefined`: it belongs to none that is there. */
  readonly vmOwner: string | undefined;
  /** The node that the VM runs on. */
  readonly node: ObservedNode | undefined;
  /** Of the migration that holds the lock, if one does. */
  readonly migration: MigrationHold | undefined;
  /** Other Instances that would write to the same disks. */
  readonly rivals: readonly DiskRival[];
}

export interface MigrationHold {
  readonly uid: string;
  /** Whether its LiveMigration is still there. */
  readonly exists: boolean;
  readonly observed: ObservedMigration | undefined;
}

/** The VM, if it is the Instance's own: what somebody else made under its name says nothing of the Instance. */
export function ownVm(observation: InstanceObservation): ObservedVm | undefined {
  return standingOf(observation) === 'Own' ? observation.vm : undefined;
}

/** What an Instance should be now. */
export interface Target {
  readonly vm: RenderedVm;
  readonly power: Power;
}

/** The VM as the stored spec wants it at this moment. A rescue boots also a VM that should be stopped otherwise. */
export function targetOf(observation: InstanceObservation): Target {
  const { instance, vm } = observation;
  const { spec, metadata, status } = instance;
  const standing = standingOf(observation);
  const taken = standing === 'ToTakeOver';
  const identity = resolveIdentity({
    uid: metadata.uid,
    spec,
    // The guest of a VM that is taken over has seen that VM's, whatever was meant for one that was never made.
    frozen: taken ? undefined : status?.resolved?.identity,
    ofVm: taken || standing === 'Own' ? vm?.identity : undefined,
  });
  return {
    vm: renderVm(spec, identity, spec.rescue),
    power: wantedPower(instance),
  };
}

/** Whether an Instance should run. */
export function wantedPower({ spec }: Instance): Power {
  return spec.rescue !== undefined || spec.powerState === 'Running' ? 'On' : 'Off';
}

/** Whether a VM was booted in the mode, and from the rescue system, that is wanted. Its hardware may differ. */
export function sameBoot(a: RenderedVm['boot'], b: RenderedVm['boot']): boolean {
  return a.mode === b.mode && a.session === b.session;
}
