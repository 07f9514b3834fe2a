import type { DeletionPolicy } from '../../../../src/api/instance.ts';
import type { MigrationRecord } from '../../../../src/drivers/libvirt/metadata.ts';
import type { Domain } from '../../../../src/drivers/libvirt/parse.ts';
import { viewOf, type Place, type VmView } from '../../../../src/drivers/libvirt/view.ts';
import { INSTANCE_UID } from '../../../builders/vm.ts';
import { anOrder, domainOf, KEPT } from './orders.ts';

export interface DomainFields {
  readonly power?: 'On' | 'Off';
  readonly bootId?: string;
  readonly uid?: string;
  readonly instanceUid?: string;
  readonly deletionPolicy?: DeletionPolicy;
  readonly migration?: MigrationRecord | undefined;
  readonly mode?: 'Normal' | 'Rescue';
}

export function aDomain({
  power = 'On',
  mode = 'Normal',
  instanceUid = INSTANCE_UID,
  deletionPolicy = 'Delete',
  ...kept
}: DomainFields = {}): Domain {
  const rescue = mode === 'Rescue' ? {} : undefined;
  return domainOf(anOrder({}, rescue, { power, instanceUid, deletionPolicy }), { ...KEPT, ...kept });
}

/** A domain that runs, and is stored, on a node. */
export function runsOn(node: string, fields: DomainFields = {}, place: Partial<Place> = {}): Place {
  const domain = aDomain(fields);
  return { node, state: 'Running', running: domain, stored: domain, job: undefined, ...place };
}

/** A domain that is stored on a node, and does not run. */
export function isStoredOn(node: string, fields: DomainFields = {}): Place {
  return { node, state: 'Off', running: undefined, stored: aDomain(fields), job: undefined };
}

/** A domain that only runs on a node, as on the destination before the source has handed over. */
export function comesIn(node: string, fields: DomainFields = {}, place: Partial<Place> = {}): Place {
  return { ...runsOn(node, fields), state: 'Moving', stored: undefined, ...place };
}

export function aView(...places: readonly Place[]): VmView {
  const view = viewOf(places);
  if (view === undefined) throw new Error('a VM is somewhere');
  return view;
}

export const MOVE: MigrationRecord = {
  uid: 'm-1',
  source: 'node-a',
  destination: 'node-b',
  startedAt: '2026-11-23T10:00:00.000Z',
};

export const JOB = { progress: { percent: 60 } };

/** The end of that move. */
export function ended(outcome: 'Succeeded' | 'Failed' | 'Aborted', words = ''): MigrationRecord {
  return { ...MOVE, end: { outcome, at: '2026-11-23T10:00:09.000Z', words } };
}
