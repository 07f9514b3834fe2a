import type { InstanceStatus, Operation } from '../../../../src/api/instance.ts';
import type { OnExpiry } from '../../../../src/api/rescue.ts';
import { leaseOf } from '../../../../src/domain/instance/lease.ts';
import type { DiskRival, InstanceRival } from '../../../../src/domain/instance/disk-rivals.ts';
import type { Placement } from '../../../../src/domain/anchor/placement.ts';
import type { InstanceObservation } from '../../../../src/domain/instance/observation.ts';
import type { ObservedVm, RunningVm } from '../../../../src/domain/observed.ts';
import { aRescue } from '../../../builders/instance.ts';
import { withoutAbsent } from '../../../../src/domain/without-absent.ts';
import {
  anInstanceObservation,
  anOperation,
  aStatus,
  aStoredInstance,
  NOW,
} from '../../../builders/observation.ts';
import { anObservedVm, aRenderedVm, aRescueSpec, type SpecFields } from '../../../builders/vm.ts';

export interface Situation {
  readonly spec?: SpecFields;
  readonly lock?: Operation['type'];
  /** Status of the rescue. */
  readonly rescue?: InstanceStatus['rescue'];
  /** Identity and driver as they are frozen in status. */
  readonly resolved?: InstanceStatus['resolved'];
  /** Default: of the Instance itself, or of the LiveMigration. */
  readonly holder?: string;
  readonly vm?: ObservedVm | undefined;
  readonly migration?: InstanceObservation['migration'];
  /** Default: a node that is as it should be. */
  readonly node?: InstanceObservation['node'];
  readonly rivals?: readonly DiskRival[];
  readonly annotations?: Readonly<Record<string, string>>;
  /** Whether the VM of an Instance that is gone goes by itself. Default: it does. */
  readonly followsOwnerReferences?: boolean;
  /** Default: the driver places VMs itself. */
  readonly placement?: Placement;
  /** The node that is written down. */
  readonly placedOn?: string;
  readonly finalizers?: readonly string[];
  readonly deleting?: boolean;
}

/** What the Instance controller sees of a situation. */
export function observe(situation: Situation): InstanceObservation {
  const { spec, lock, rescue, resolved, holder, placedOn, migration, node, rivals = [] } = situation;
  const { followsOwnerReferences = true } = situation;
  const operation = lock && { ...anOperation(lock), ...(holder !== undefined && { uid: holder }) };
  const placement = placedOn === undefined ? undefined : { node: placedOn };
  const status = aStatus(withoutAbsent({ operation, rescue, resolved, placement }));
  const instance = aStoredInstance({ spec: spec ?? {}, status, metadata: metadataOf(situation) });
  const vm = 'vm' in situation ? situation.vm : anObservedVm();
  const seen = { instance, migration, vm, rivals, placement: situation.placement, followsOwnerReferences };
  return anInstanceObservation({ ...seen, ...(node && { node }) });
}

function metadataOf({
  annotations = {},
  finalizers,
  deleting,
}: Situation): Partial<InstanceObservation['instance']['metadata']> {
  return {
    annotations,
    ...(finalizers && { finalizers: [...finalizers] }),
    ...(deleting === true && { deletionTimestamp: NOW }),
  };
}

export const RESCUE = { rescue: aRescue() };
export const STOPPED: SpecFields = { powerState: 'Stopped' };
/** It runs its rescue system. */
export const RESCUED_VM = anObservedVm({ spec: aRescueSpec() });
/** Stored for rescue, the normal boot still runs. */
export const DEFINED_FOR_RESCUE = withRunning(RESCUED_VM, { boot: aRenderedVm().boot });
/** Stored for the normal boot, the rescue system still runs. */
export const DEFINED_FOR_NORMAL = withRunning(anObservedVm(), { boot: aRenderedVm(aRescueSpec()).boot });

/** An hour before `NOW`. */
const AN_HOUR_AGO = '2026-11-23T09:00:00.000Z';

/** A lease of an hour, which is over at `NOW`, and the rescue that was begun with it. */
export function aLeaseThatIsOver(onExpiry: OnExpiry) {
  const rescue = aRescue({ expiresAfter: '1h', onExpiry });
  const { record } = leaseOf(aStoredInstance({ spec: { rescue } }), AN_HOUR_AGO);
  return { spec: { rescue }, rescue: record };
}

/** That lease, after it has expired. */
export function anExpiredLease(onExpiry: OnExpiry) {
  const { spec, rescue } = aLeaseThatIsOver(onExpiry);
  const { record } = leaseOf(aStoredInstance({ spec, status: aStatus({ rescue }) }), NOW);
  return { spec, rescue: record };
}

/** The VM with other facts of what runs. */
export function withRunning(vm: ObservedVm, fields: Partial<RunningVm>): ObservedVm {
  return { ...vm, running: vm.running && { ...vm.running, ...fields } };
}

/** A VM on the same disk whose Instance is gone; on. */
export function aLeftVm(): DiskRival {
  return {
    kind: 'Vm',
    namespace: 'default',
    name: 'web-2',
    disks: ['PersistentVolumeClaim "default/web-1-root"'],
    occupies: true,
  };
}

/** Another Instance that was made a second after this one, on the same disk; off. */
export function aRival(fields: Partial<InstanceRival> = {}): InstanceRival {
  return {
    kind: 'Instance',
    namespace: 'default',
    name: 'web-2',
    uid: 'ffffffff',
    creationTimestamp: '2026-11-23T09:00:01Z',
    disks: ['PersistentVolumeClaim "default/web-1-root"'],
    occupies: false,
    operation: undefined,
    ...fields,
  };
}
