import { unsupportedMigrationFields, type DriverCapabilities } from '../../domain/capabilities.ts';
import type { ObservedHypervisor, ObservedMigration, ObservedVm, VmTrouble } from '../../domain/observed.ts';
import { ACCEPTED, isFailure, type Outcome } from '../../domain/outcome.ts';
import type { RenderedVm } from '../../domain/vm.ts';
import { driverErrors } from '../driver-errors.ts';
import type { ClaimOrder, Driver, DriverListener, MigrationOrder, VmKey, VmOrder } from '../driver.ts';
import { canLimitTo } from './commands.ts';
import type { Definitions } from './definitions.ts';
import type { Drift } from './drift.ts';
import type { Fleet } from './fleet.ts';
import { domainName, pathOf } from './names.ts';
import { observeMigration, unfinishedMigration } from './observe-migration.ts';
import { bootIdOf, observeVm } from './observe.ts';
import { outcomeOf } from './outcome.ts';
import type { VmMemory } from './settle.ts';
import { GUEST_DEADLINE, UNDEFINE } from './carry-out.ts';
import type { Settler } from './settler.ts';
import { FRESH_START } from './start-pause.ts';
import type { Transfers } from './transfers.ts';
import { isBeingMoved, type VmView } from './view.ts';

export interface LibvirtDriverParts {
  readonly fleet: Fleet;
  readonly settler: Settler;
  readonly transfers: Transfers;
  readonly definitions: Definitions;
  readonly drift: Drift;
  /** By name, the namespaces that they are open to. */
  readonly pools: Readonly<Record<string, readonly string[]>>;
}

/** What it can do, wherever it is. */
const CAPABILITIES: DriverCapabilities = {
  diskSources: ['volume'],
  nativeTemplate: false,
  followsOwnerReferences: false,
  placesVms: false,
  migrateRescued: true,
  abort: true,
  postCopy: true,
  autoConverge: true,
  bandwidth: true,
  forceComplete: true,
};

/**
 * Drives the libvirtd of each node through virsh. All that is known of a VM is on its domain: the order that it was
 * defined from, how what runs was booted, and its last migration; so it is there after a migration, and for whoever
 * drives it next.
 */
export class LibvirtDriver implements Driver {
  readonly name = 'libvirt';
  readonly capabilities: DriverCapabilities;
  readonly #fleet: Fleet;
  readonly #settler: Settler;
  readonly #transfers: Transfers;
  readonly #definitions: Definitions;
  readonly #drift: Drift;

  constructor({ fleet, settler, transfers, definitions, drift, pools }: LibvirtDriverParts) {
    this.capabilities = { ...CAPABILITIES, pools };
    this.#fleet = fleet;
    this.#settler = settler;
    this.#transfers = transfers;
    this.#definitions = definitions;
    this.#drift = drift;
  }

  /** A host that does not answer is waited for until its deadline is over, and no longer. */
  async start(listener: DriverListener, signal: AbortSignal): Promise<void> {
    this.#settler.start();
    signal.addEventListener('abort', () => this.#settler.stop(), { once: true });
    if (signal.aborted) this.#settler.stop();
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
        notMigratable: view.running && this.#transfers.obstacle(view.running.running),
        drift: wanted === undefined ? [] : this.#drift.of(key, view, wanted),
      }),
      ...(unfinished !== undefined && { migrations: [unfinished] }),
    };
  }

  /** Busy: it is being migrated. Unavailable: its host is not heard of. */
  define(order: VmOrder): Promise<Outcome> {
    return this.#settler.order(order.key, () => this.#definitions.define(order));
  }

  claim(order: ClaimOrder): Promise<Outcome> {
    return this.#settler.order(order.key, () => this.#definitions.claim(order));
  }

  restart(key: VmKey, bootId: string): Promise<Outcome> {
    return this.#settler.order(key, async () => {
      const view = this.#fleet.view(key);
      if (view === undefined) return driverErrors.notFound(`There is no VM ${pathOf(key)}.`);
      const { running } = view;
      if (running === undefined || bootIdOf(running.running) !== bootId) return ACCEPTED;
      if (isBeingMoved(view)) return migrating(key);
      this.#settler.remember(key, { ...FRESH_START, ending: bootId });
      const outcome = await this.#order(key, running.node, ['destroy', domainName(key)]);
      if (isFailure(outcome)) this.#settler.remember(key, { ending: undefined });
      return outcome;
    });
  }

  remove(key: VmKey): Promise<Outcome> {
    return this.#settler.order(key, async () => {
      const view = this.#fleet.view(key);
      for (const { node, args } of view === undefined ? [] : callsToRemove(key, view)) {
        const outcome = await this.#order(key, node, args);
        if (isFailure(outcome) && outcome.kind !== 'NotFound') return outcome;
      }
      this.#settler.forget(key);
      return ACCEPTED;
    });
  }

  migrate(order: MigrationOrder): Promise<Outcome> {
    const { key, migrationUid, policy, completion } = order;
    const fields = unsupportedMigrationFields({ policy, forceComplete: true }, this.capabilities);
    if (fields.length > 0) {
      const message = `The driver libvirt can't honour ${fields.join(', ')}.`;
      return Promise.resolve(driverErrors.unsupported(message));
    }
    if (policy?.bandwidth !== undefined && !canLimitTo(policy.bandwidth)) {
      const message = `The driver libvirt can't honour spec.policy.bandwidth ${policy.bandwidth}: the least is 1Mi.`;
      return Promise.resolve(driverErrors.unsupported(message));
    }
    return this.#settler.order(key, async () => {
      const view = this.#fleet.view(key);
      if (view?.migration?.uid === migrationUid) {
        return completion === 'Forced' ? this.#transfers.force(order, view) : ACCEPTED;
      }
      if (view === undefined) return driverErrors.notFound(`There is no VM ${pathOf(key)}.`);
      return isBeingMoved(view) ? migrating(key) : this.#transfers.begin(order, view);
    });
  }

  observeMigration(key: VmKey, migrationUid: string): ObservedMigration | undefined {
    const view = this.#fleet.view(key);
    if (view === undefined) return undefined;
    return observeMigration(view, migrationUid, this.#settler.memory(key).transfer);
  }

  abortMigration(key: VmKey, migrationUid: string): Promise<Outcome> {
    const view = this.#fleet.view(key);
    if (view?.migration?.uid === migrationUid) return this.#transfers.abort(key, migrationUid, view);
    // Behind an order to begin it that may be under way: after that it is seen, or there is none.
    return this.#settler.order(key, () => this.#abortUnseen(key, migrationUid));
  }

  #abortUnseen(key: VmKey, migrationUid: string): Promise<Outcome> {
    const view = this.#fleet.view(key);
    if (view?.migration?.uid === migrationUid) return this.#transfers.abort(key, migrationUid, view);
    const vm = `VM ${pathOf(key)}`;
    const silent = view?.places.find(({ node }) => this.#fleet.host(node)?.isConnected !== true);
    return Promise.resolve(
      silent === undefined
        ? driverErrors.notFound(`${vm} is not being migrated.`)
        : driverErrors.unavailable(`${vm}: the hypervisor of node "${silent.node}" does not answer.`),
    );
  }

  observeNode(name: string): ObservedHypervisor | undefined {
    return this.#fleet.host(name)?.observe();
  }

  async #order(key: VmKey, node: string, args: readonly string[]): Promise<Outcome> {
    const host = this.#fleet.host(node);
    if (host === undefined) return driverErrors.unavailable(`Node "${node}" is no libvirt host any more.`);
    const result = await host.run(args, { deadline: GUEST_DEADLINE });
    await host.refresh(domainName(key));
    return outcomeOf(result, `VM ${pathOf(key)}`);
  }
}

/**
 * What is not stored is started by nobody when its guest has ended; so that goes first. But for a guest that is being moved:
 * it is ended, and the transfer with it, before libvirt lets go of what is stored.
 */
function callsToRemove(key: VmKey, view: VmView): { node: string; args: readonly string[] }[] {
  const name = domainName(key);
  return view.places.flatMap(({ node, running, stored }) => {
    const end = running === undefined ? [] : [{ node, args: ['destroy', name] }];
    const undefine = stored === undefined ? [] : [{ node, args: [...UNDEFINE, name] }];
    return isBeingMoved(view) ? [...end, ...undefine] : [...undefine, ...end];
  });
}

function migrating(key: VmKey): Outcome {
  return driverErrors.busy(`VM ${pathOf(key)} is being migrated.`);
}

function troubleOf({ failedStart }: VmMemory): VmTrouble | undefined {
  return failedStart && { reason: 'BootFailed', message: `libvirt says: ${failedStart.words}` };
}
