import { randomUUID } from 'node:crypto';
import { unsupportedMigrationFields, type DriverCapabilities } from '../../domain/capabilities.ts';
import type { ObservedHypervisor, ObservedMigration, ObservedVm, VmTrouble } from '../../domain/observed.ts';
import { ACCEPTED, isFailure, type Failure, type Outcome } from '../../domain/outcome.ts';
import type { RenderedVm } from '../../domain/vm.ts';
import { driverErrors } from '../driver-errors.ts';
import type { ClaimOrder, Driver, DriverListener, MigrationOrder, VmKey, VmOrder } from '../driver.ts';
import { writeVm } from './commands.ts';
import { Drift } from './drift.ts';
import type { Fleet } from './fleet.ts';
import type { LibvirtHost } from './host.ts';
import type { VmRecord } from './metadata.ts';
import { domainName, pathOf } from './names.ts';
import { observeMigration, unfinishedMigration } from './observe-migration.ts';
import { bootIdOf, NOT_OURS, observeVm, ownershipOf } from './observe.ts';
import { outcomeOf } from './outcome.ts';
import { renderDomain } from './render.ts';
import type { LibvirtSettings } from './settings.ts';
import type { VmMemory } from './settle.ts';
import { GUEST_DEADLINE, ORDER_DEADLINE, UNDEFINE, type Settler } from './settler.ts';
import type { Transfers } from './transfers.ts';
import type { VmView } from './view.ts';

export interface LibvirtDriverParts {
  readonly fleet: Fleet;
  readonly settler: Settler;
  readonly transfers: Transfers;
  readonly settings: LibvirtSettings;
}

/**
 * Drives the libvirtd of each node through virsh. All that is known of a VM is on its domain: the order that it was
 * defined from, how what runs was booted, and its last migration; so it is there after a migration, and for whoever
 * drives it next.
 */
export class LibvirtDriver implements Driver {
  readonly name = 'libvirt';
  readonly capabilities: DriverCapabilities = {
    diskSources: ['volume'],
    nativeTemplate: false,
    followsOwnerReferences: false,
    placesVms: false,
    migrateRescued: true,
    abort: true,
    postCopy: true,
    autoConverge: true,
    bandwidth: true,
    forceComplete: false,
  };
  readonly #fleet: Fleet;
  readonly #settler: Settler;
  readonly #transfers: Transfers;
  readonly #settings: LibvirtSettings;
  readonly #drift: Drift;

  constructor({ fleet, settler, transfers, settings }: LibvirtDriverParts) {
    this.#fleet = fleet;
    this.#settler = settler;
    this.#transfers = transfers;
    this.#settings = settings;
    this.#drift = new Drift(settings);
  }

  /** A host that does not answer is waited for until its deadline is over, and no longer. */
  async start(listener: DriverListener, signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.#settler.stop(), { once: true });
    await this.#fleet.start(
      {
        vmChanged: (key) => {
          listener.vmChanged(key);
          this.#settler.settle(key);
        },
        hypervisorChanged: (node) => listener.hypervisorChanged(node),
      },
      signal,
    );
  }

  observe(key: VmKey, wanted?: RenderedVm): ObservedVm | undefined {
    const view = this.#fleet.view(key);
    if (view === undefined) return undefined;
    const memory = this.#settler.memory(key);
    const unfinished = unfinishedMigration(view, domainName(key));
    return {
      ...observeVm(view, {
        ending: memory.ending,
        trouble: troubleOf(memory),
        drift: wanted === undefined ? [] : this.#drift.of(key, view, wanted),
      }),
      ...(unfinished !== undefined && { migrations: [unfinished] }),
    };
  }

  /** Busy: it is being migrated. Unavailable: its host is not heard of. */
  define(order: VmOrder): Promise<Outcome> {
    return this.#settler.order(order.key, async () => {
      const view = this.#fleet.view(order.key);
      const obstacle = view && (obstacleTo(order, view) ?? this.#migrating(order.key, view));
      if (obstacle !== undefined) return obstacle;
      const node = view?.home?.node ?? view?.running?.node ?? order.node;
      const host = node === undefined ? undefined : this.#fleet.host(node);
      if (host === undefined) return noHost(order.key, node);
      return this.#define(order, view, host);
    });
  }

  async #define(order: VmOrder, view: VmView | undefined, host: LibvirtHost): Promise<Outcome> {
    const stored = view?.home?.stored;
    const kept = {
      uid: view?.record?.uid ?? stored?.uuid ?? randomUUID(),
      bootId: stored?.vm?.bootId ?? '',
      migration: view?.migration,
    };
    const rendered = renderDomain(order, kept, this.#settings);
    if (rendered.kind !== 'Rendered') return rendered;
    if (stored !== undefined && this.#drift.isSame(rendered, stored)) return ACCEPTED;
    const result = await host.runWithFile(['define'], rendered.xml, { deadline: ORDER_DEADLINE });
    await host.refresh(domainName(order.key));
    // What kept it from running may be what was changed.
    this.#settler.remember(order.key, { failedStart: undefined, askedToShutDown: undefined });
    return outcomeOf(result, `VM ${pathOf(order.key)}`);
  }

  claim({ key, vmUid, instanceUid, deletionPolicy }: ClaimOrder): Promise<Outcome> {
    return this.#settler.order(key, async () => {
      const view = this.#fleet.view(key);
      if (view?.home === undefined || this.observe(key)?.uid !== vmUid) {
        return driverErrors.notFound(`VM ${pathOf(key)} is gone.`);
      }
      const busy = this.#migrating(key, view);
      if (busy !== undefined) return busy;
      const record = view.record ?? foreignRecord(view);
      const claimed = { ...record, instance: { uid: instanceUid, deletionPolicy } };
      return this.#order(key, view.home.node, writeVm(domainName(key), claimed));
    });
  }

  restart(key: VmKey, bootId: string): Promise<Outcome> {
    return this.#settler.order(key, async () => {
      const view = this.#fleet.view(key);
      if (view === undefined) return driverErrors.notFound(`There is no VM ${pathOf(key)}.`);
      const { running } = view;
      if (running === undefined || bootIdOf(running.running) !== bootId) return ACCEPTED;
      const busy = this.#migrating(key, view);
      if (busy !== undefined) return busy;
      this.#settler.remember(key, { ending: bootId });
      const outcome = await this.#order(key, running.node, ['destroy', domainName(key)]);
      if (isFailure(outcome)) this.#settler.remember(key, { ending: undefined });
      return outcome;
    });
  }

  /** Not stored first, so that nobody starts it again; a guest that is being moved is ended before that, with the transfer. */
  remove(key: VmKey): Promise<Outcome> {
    return this.#settler.order(key, async () => {
      const view = this.#fleet.view(key);
      const name = domainName(key);
      for (const { node, running, stored } of view?.places ?? []) {
        const end = running === undefined ? [] : [['destroy', name]];
        const undefine = stored === undefined ? [] : [[...UNDEFINE, name]];
        const isMoving = view?.migration !== undefined && view.migration.end === undefined;
        for (const args of isMoving ? [...end, ...undefine] : [...undefine, ...end]) {
          const outcome = await this.#order(key, node, args);
          if (isFailure(outcome) && outcome.kind !== 'NotFound') return outcome;
        }
      }
      this.#settler.forget(key);
      return ACCEPTED;
    });
  }

  migrate(order: MigrationOrder): Promise<Outcome> {
    const { key, migrationUid, policy } = order;
    const fields = unsupportedMigrationFields({ policy, forceComplete: false }, this.capabilities);
    if (fields.length > 0) {
      const message = `The driver libvirt can't honour ${fields.join(', ')}.`;
      return Promise.resolve(driverErrors.unsupported(message));
    }
    return this.#settler.order(key, async () => {
      const view = this.#fleet.view(key);
      if (view?.migration?.uid === migrationUid) return ACCEPTED;
      if (view === undefined) return driverErrors.notFound(`There is no VM ${pathOf(key)}.`);
      return this.#migrating(key, view) ?? this.#transfers.begin(order, view);
    });
  }

  observeMigration(key: VmKey, migrationUid: string): ObservedMigration | undefined {
    const view = this.#fleet.view(key);
    if (view === undefined) return undefined;
    const { transfer } = this.#settler.memory(key);
    return observeMigration(view, migrationUid, transfer?.uid === migrationUid && transfer.aborting);
  }

  abortMigration(key: VmKey, migrationUid: string): Promise<Outcome> {
    const view = this.#fleet.view(key);
    return view === undefined ? Promise.resolve(ACCEPTED) : this.#transfers.abort(key, migrationUid, view);
  }

  observeNode(name: string): ObservedHypervisor | undefined {
    return this.#fleet.host(name)?.observe();
  }

  #migrating(key: VmKey, { migration }: VmView): Failure | undefined {
    const isUnfinished = migration !== undefined && migration.end === undefined;
    return isUnfinished ? driverErrors.busy(`VM ${pathOf(key)} is being migrated.`) : undefined;
  }

  async #order(key: VmKey, node: string, args: readonly string[]): Promise<Outcome> {
    const host = this.#fleet.host(node);
    if (host === undefined) return noHost(key, node);
    const result = await host.run(args, { deadline: GUEST_DEADLINE });
    await host.refresh(domainName(key));
    return outcomeOf(result, `VM ${pathOf(key)}`);
  }
}

function noHost(key: VmKey, node: string | undefined): Failure {
  const why = node === undefined ? 'no node was chosen for it' : `node "${node}" is no libvirt host`;
  return driverErrors.rejected(`VM ${pathOf(key)}: ${why}.`);
}

function obstacleTo({ key, instanceUid }: VmOrder, { record }: VmView): Failure | undefined {
  const ownership = ownershipOf(record);
  if (ownership.kind === 'Instance' && ownership.uid === instanceUid) return undefined;
  return driverErrors.rejected(`VM ${pathOf(key)} belongs to somebody else.`);
}

/** What is written on a VM that somebody else has made: as it is. */
function foreignRecord({ running, home }: VmView): Omit<VmRecord, 'instance'> {
  return {
    uid: home?.stored.uuid ?? '',
    bootId: '',
    power: running === undefined ? 'Off' : 'On',
    boot: NOT_OURS,
    networks: [],
    disks: [],
  };
}

function troubleOf({ failedStart }: VmMemory): VmTrouble | undefined {
  return failedStart && { reason: 'BootFailed', message: `libvirt says: ${failedStart.words}` };
}
