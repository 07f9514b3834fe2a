import type { DriverName, Instance } from '../../api/instance.ts';
import type { EvacuationSight } from '../evacuation/sight.ts';
import { resolveIdentity } from '../identity.ts';
import type {
  ObservedMigration,
  ObservedNode,
  ObservedVm,
  Power,
  RunningVm,
  UnfinishedMigration,
} from '../observed.ts';
import type { Placement } from '../anchor/placement.ts';
import { renderVm, type RenderedVm } from '../vm.ts';
import type { DiskRival } from './disk-rivals.ts';
import { leaseOf, type Lease } from './lease.ts';
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
  /** That its eviction was asked for; absent where it was not. */
  readonly evacuation?: EvacuationSight | undefined;
  /** Whether the VM of an Instance that is gone goes by itself; else it is removed. */
  readonly followsOwnerReferences: boolean;
  /** Where Kubernetes has placed the VM; `undefined`: the driver does so itself. */
  readonly placement: Placement | undefined;
}

export interface MigrationHold {
  readonly uid: string;
  /** Whether its LiveMigration is still there; a migration that somebody else made never had one. */
  readonly exists: boolean;
  readonly observed: ObservedMigration | undefined;
}

/** The same without the lock of a migration, which is given back. */
export function withoutHold(observation: InstanceObservation): InstanceObservation {
  const { instance } = observation;
  const { operation, migration, ...status } = instance.status ?? { observedGeneration: -1 };
  return { ...observation, instance: { ...instance, status }, migration: undefined };
}

/** The VM, if it is the Instance's own: what somebody else made under its name says nothing of the Instance. */
export function ownVm(observation: InstanceObservation): ObservedVm | undefined {
  return standingOf(observation) === 'Own' ? observation.vm : undefined;
}

/** Whether there is a guest that a restart would take away. */
export function isUp({ phase }: RunningVm): boolean {
  return phase === 'Running' || phase === 'Paused';
}

/**
 * The migration that moves the guest, or is about to: the one that holds the lock, else the oldest. A guest that is not
 * up has nothing to lose by it, and may need a boot to come up at all.
 */
export function migrationUnderWay(observation: InstanceObservation): UnfinishedMigration | undefined {
  const { running, migrations = [] } = ownVm(observation) ?? {};
  if (running === undefined || !isUp(running)) return undefined;
  const holder = observation.instance.status?.operation?.uid;
  return migrations.find(({ uid }) => uid === holder) ?? migrations[0];
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
  const { instance, vm } = observation;
  const { spec, metadata, status } = instance;
  const lease = leaseOf(instance, now);
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
