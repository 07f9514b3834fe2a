import { randomUUID } from 'node:crypto';
import { ACCEPTED, type Failure, type Outcome } from '../../domain/outcome.ts';
import { driverErrors } from '../driver-errors.ts';
import type { ClaimOrder, VmOrder } from '../driver.ts';
import { writeVm } from './commands.ts';
import type { Drift } from './drift.ts';
import type { Fleet } from './fleet.ts';
import type { VmRecord } from './metadata.ts';
import { domainName, pathOf } from './names.ts';
import { NOT_OURS, ownershipOf, uidOf } from './observe.ts';
import { outcomeOf } from './outcome.ts';
import { renderDomain, type Kept } from './render.ts';
import type { LibvirtSettings } from './settings.ts';
import { ORDER_DEADLINE } from './carry-out.ts';
import type { Settler } from './settler.ts';
import { FRESH_START } from './start-pause.ts';
import { isBeingMoved, type VmView } from './view.ts';

export interface DefinitionsParts {
  readonly fleet: Fleet;
  readonly settler: Settler;
  readonly settings: LibvirtSettings;
  readonly drift: Drift;
}

/** What is stored of VMs: written whole for an order, or whose it is alone. */
export class Definitions {
  readonly #parts: DefinitionsParts;

  constructor(parts: DefinitionsParts) {
    this.#parts = parts;
  }

  async define(order: VmOrder): Promise<Outcome> {
    const { fleet, settler, settings, drift } = this.#parts;
    const { key } = order;
    const view = fleet.view(key);
    const obstacle = obstacleTo(order, view);
    if (obstacle !== undefined) return obstacle;
    const node = nodeOf(order, view);
    const host = node === undefined ? undefined : fleet.host(node);
    if (host === undefined) return noHost(order, node);
    const rendered = renderDomain(order, keptOf(view), settings);
    if (rendered.kind !== 'Rendered') return rendered;
    if (view?.home !== undefined && drift.isSame(rendered, view.home.stored)) return ACCEPTED;
    const result = await host.runWithFile(['define'], rendered.xml, { deadline: ORDER_DEADLINE });
    await host.refresh(domainName(key));
    settler.remember(key, FRESH_START);
    return outcomeOf(result, `VM ${pathOf(key)}`);
  }

  async claim({ key, vmUid, instanceUid, deletionPolicy }: ClaimOrder): Promise<Outcome> {
    const { fleet } = this.#parts;
    const view = fleet.view(key);
    const vm = `VM ${pathOf(key)}`;
    if (view?.home === undefined || uidOf(view) !== vmUid) return driverErrors.notFound(`${vm} is gone.`);
    if (isBeingMoved(view)) return driverErrors.busy(`${vm} is being migrated.`);
    const record = {
      ...(view.record ?? foreignRecord(view)),
      instance: { uid: instanceUid, deletionPolicy },
    };
    const host = fleet.host(view.home.node);
    const result = await host?.run(writeVm(domainName(key), record), { deadline: ORDER_DEADLINE });
    await host?.refresh(domainName(key));
    return result === undefined ? noHost({ key }, view.home.node) : outcomeOf(result, vm);
  }
}

function obstacleTo({ key, instanceUid }: VmOrder, view: VmView | undefined): Failure | undefined {
  if (view === undefined) return undefined;
  const ownership = ownershipOf(view.record);
  if (ownership.kind !== 'Instance' || ownership.uid !== instanceUid) {
    return driverErrors.rejected(`VM ${pathOf(key)} belongs to somebody else.`);
  }
  return isBeingMoved(view) ? driverErrors.busy(`VM ${pathOf(key)} is being migrated.`) : undefined;
}

/** A VM that is somewhere stays there. */
function nodeOf({ node }: VmOrder, view: VmView | undefined): string | undefined {
  return view?.home?.node ?? view?.running?.node ?? node;
}

function keptOf(view: VmView | undefined): Kept {
  if (view === undefined) return { uid: randomUUID(), bootId: '' };
  return { uid: uidOf(view), bootId: view.record?.bootId ?? '', migration: view.migration };
}

function noHost({ key }: Pick<VmOrder, 'key'>, node: string | undefined): Failure {
  const why = node === undefined ? 'no node was chosen for it' : `node "${node}" is no libvirt host`;
  return driverErrors.rejected(`VM ${pathOf(key)}: ${why}.`);
}

/** What is written on a VM that somebody else has made: as it is. */
function foreignRecord(view: VmView): Omit<VmRecord, 'instance'> {
  return {
    uid: uidOf(view),
    bootId: '',
    power: view.running === undefined ? 'Off' : 'On',
    boot: NOT_OURS,
    networks: [],
    disks: [],
  };
}
