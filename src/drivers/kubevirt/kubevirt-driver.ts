import { FIELD_MANAGER } from '../../api/names.ts';
import { unsupportedMigrationFields, type DriverCapabilities } from '../../domain/capabilities.ts';
import type {
  ObservedHypervisor,
  ObservedMigration,
  ObservedNode,
  ObservedVm,
} from '../../domain/observed.ts';
import { ACCEPTED, type Failure, type Outcome } from '../../domain/outcome.ts';
import type { RenderedVm } from '../../domain/vm.ts';
import { isAlreadyExists, isNotFound } from '../../kube/api-errors.ts';
import { ResourceClient } from '../../kube/resource-client.ts';
import type { KubeObject } from '../../kube/resource.ts';
import type { Transport } from '../../kube/transport.ts';
import { driverErrors } from '../driver-errors.ts';
import type {
  ClaimOrder,
  Driver,
  DriverListener,
  EvictionMarks,
  MigrationOrder,
  VmKey,
  VmOrder,
} from '../driver.ts';
import { evictionMarks } from './eviction-marks.ts';
import type { KnownHandlers } from './known-handlers.ts';
import type { KnownObjects } from './known-objects.ts';
import { observeHypervisor } from './observe-hypervisor.ts';
import { isStoredOff } from './observe.ts';
import { isOver, migrationName } from './observe-migration.ts';
import { claimPatch, ownershipOf } from './ownership.ts';
import { isAlreadyUnderWay, isInDoubt, outcomeOfError } from './outcome-of-error.ts';
import { HOSTNAME_LABEL, renderMigration } from './render-migration.ts';
import { renderVirtualMachine, type AppliedVirtualMachine } from './render.ts';
import {
  MIGRATIONS,
  parseVirtualMachine,
  VIRTUAL_MACHINE_CALLS,
  VIRTUAL_MACHINES,
  type VirtualMachine,
} from './resources.ts';
import { stepOverStartPause } from './start-pause.ts';

export interface KubeVirtDriverParts {
  readonly transport: Transport;
  readonly known: KnownObjects;
  readonly handlers: KnownHandlers;
  /** A node of the cluster: for its host name, and for what virt-handler writes there. */
  readonly node: (name: string) => ObservedNode | undefined;
  /** Asked when an order is just being sent: one that has waited, or whose process was stopped, must not be given late. */
  readonly mayAct: () => boolean;
}

/**
 * The resourceVersion of an object that is not stored. The API server creates what is applied with it, and refuses (422)
 * to merge it into what is there: see docs/adr/0033-orders-whose-answer-is-lost.md.
 */
const NOT_THERE = '0';

/** Drives KubeVirt through the Kubernetes API: one request an order, and no question that the caches can answer. */
export class KubeVirtDriver implements Driver {
  readonly name = 'kubevirt';
  readonly capabilities: DriverCapabilities = {
    diskSources: ['persistentVolumeClaim', 'dataVolume', 'containerDisk', 'cloudInit'],
    nativeTemplate: true,
    followsOwnerReferences: true,
    placesVms: true,
    migrateRescued: true,
    abort: true,
    postCopy: false,
    autoConverge: false,
    bandwidth: false,
    forceComplete: false,
    // A pod has one network of its own; the others would be Multus networks, which the portable fields don't have.
    mostPodNetworks: 1,
    // Of the bridge inside of each pod.
    reservedMacAddresses: ['02:00:00:00:00:00'],
  };
  readonly evictionMarks: EvictionMarks;
  readonly #known: KnownObjects;
  readonly #handlers: KnownHandlers;
  readonly #node: KubeVirtDriverParts['node'];
  readonly #vms: ResourceClient<KubeObject>;
  readonly #vmCalls: ResourceClient<KubeObject>;
  readonly #migrations: ResourceClient<KubeObject>;
  /** uids of LiveMigrations whose migration is being created at this moment. */
  readonly #ordering = new Set<string>();

  constructor({ transport, known, handlers, node, mayAct }: KubeVirtDriverParts) {
    this.#known = known;
    this.#handlers = handlers;
    this.#node = node;
    const limits = { mayBeSent: mayAct };
    this.#vms = new ResourceClient(transport, VIRTUAL_MACHINES, limits);
    this.#vmCalls = new ResourceClient(transport, VIRTUAL_MACHINE_CALLS, limits);
    this.evictionMarks = evictionMarks(transport, known);
    this.#migrations = new ResourceClient(transport, MIGRATIONS, limits);
  }

  async start(listener: DriverListener, signal: AbortSignal): Promise<void> {
    await Promise.all([
      this.#known.start((key) => listener.vmChanged(key), signal),
      this.#handlers.start((node) => listener.hypervisorChanged(node), signal),
    ]);
  }

  observe(key: VmKey, wanted?: RenderedVm): ObservedVm | undefined {
    return this.#known.observe(key, wanted);
  }

  /** Server-side apply, with the VM that is seen as its precondition: the one of that uid, or none at all. */
  async define(order: VmOrder): Promise<Outcome> {
    const stored = this.#known.vm(order.key);
    const obstacle = stored && obstacleTo(order, stored);
    if (obstacle !== undefined) return obstacle;
    const step = stepOverStartPause(order, stored, this.#known.instance(order.key));
    const isCleared = driverErrors.busy(
      `A failed start of VM ${nameOf(order.key)} is being cleared away first.`,
    );
    if (step === 'Wait') return isCleared;
    if (step === 'None') return this.#apply(order, stored);
    const outcome = await this.#apply({ ...order, power: 'Off' }, stored);
    return outcome.kind === 'Accepted' ? isCleared : outcome;
  }

  async #apply(order: VmOrder, stored: VirtualMachine | undefined): Promise<Outcome> {
    const rendered = renderVirtualMachine(order);
    if (rendered.kind !== 'Rendered') return rendered;
    const { metadata, spec } = rendered.vm;
    const seen = stored === undefined ? { resourceVersion: NOT_THERE } : { uid: stored.metadata.uid };
    const object = { metadata: { ...metadata, ...seen }, spec };
    const send = () =>
      this.#order(async () => {
        const options = { fieldManager: FIELD_MANAGER, force: true };
        this.#known.learnVm(await this.#vms.apply(object, options), order.vm);
      });
    return order.power === 'On' && (stored === undefined || isStoredOff(stored))
      ? this.#known.runOrders.give(order.key, asUnseen(rendered.vm), send)
      : this.#stopAs(order, send);
  }

  async #stopAs({ key, power }: VmOrder, send: () => Promise<Outcome>): Promise<Outcome> {
    const outcome = await send();
    if (power === 'Off' && outcome.kind === 'Accepted') this.#known.runOrders.stopped(key);
    return outcome;
  }

  async claim(order: ClaimOrder): Promise<Outcome> {
    const vm = this.#known.vm(order.key);
    if (vm?.metadata.uid !== order.vmUid) return driverErrors.notFound(`VM ${nameOf(order.key)} is gone.`);
    if (vm.metadata.deletionTimestamp !== undefined) return beingDeleted(order.key);
    const patch = claimPatch(vm, order);
    if (patch === undefined) return ACCEPTED;
    return this.#order(async () => {
      this.#known.learnVm(await this.#vms.mergePatch(order.key, patch, { fieldManager: FIELD_MANAGER }));
    });
  }

  /**
   * virt-api can't be told which boot is meant, and a second call would end the next one. So nothing is sent unless this
   * boot is seen to run, and once only; what was asked for is then seen in the VM's stateChangeRequests. Where the answer
   * is lost, it counts as ended until it is known what became of it.
   */
  async restart(key: VmKey, bootId: string): Promise<Outcome> {
    if (this.#known.vm(key) === undefined) return driverErrors.notFound(`There is no VM ${nameOf(key)}.`);
    if (!this.#known.isBooted(key, bootId)) return ACCEPTED;
    if (!this.#known.hasStored(key)) {
      const answer = await this.#askForBoot(key, bootId);
      if (answer !== undefined) return answer;
      // Another call may have ended it meanwhile.
      if (!this.#known.isBooted(key, bootId)) return ACCEPTED;
    }
    this.#known.ended.note(key, bootId);
    const failures: unknown[] = [];
    const outcome = await this.#order(
      () => this.#vmCalls.putSubresource(key, 'restart', { gracePeriodSeconds: 0 }),
      undefined,
      (error) => failures.push(error),
    );
    if (failures.some(isAlreadyUnderWay)) return this.#whatIsUnderWay(key, bootId);
    if (failures.some(isInDoubt)) this.#known.ended.doubt(key, bootId);
    else if (outcome.kind !== 'Accepted') this.#known.ended.forget(key, bootId);
    return outcome;
  }

  /** The end of this boot, which somebody else has asked for; or what KubeVirt has not done yet of that of another boot. */
  async #whatIsUnderWay(key: VmKey, bootId: string): Promise<Outcome> {
    await this.#known.ended.settle(key, bootId);
    if (!this.#known.isBooted(key, bootId)) return ACCEPTED;
    return driverErrors.busy(`KubeVirt has not done yet with an earlier stop or start of VM ${nameOf(key)}.`);
  }

  /** Another process has stored the VM, and may have ended this boot as well; `undefined`: it runs. */
  async #askForBoot(key: VmKey, bootId: string): Promise<Outcome | undefined> {
    try {
      return (await this.#known.askForBoot(key, bootId)) ? undefined : ACCEPTED;
    } catch (error) {
      return outcomeOfError(error);
    }
  }

  async remove(key: VmKey): Promise<Outcome> {
    const vm = this.#known.vm(key);
    if (vm === undefined || vm.metadata.deletionTimestamp !== undefined) return ACCEPTED;
    const options = { uid: vm.metadata.uid, propagationPolicy: 'Background' } as const;
    return this.#order(() => this.#vms.delete(key, options), isNotFound);
  }

  async migrate(order: MigrationOrder): Promise<Outcome> {
    const fields = unsupportedMigrationFields(
      { policy: order.policy, forceComplete: false },
      this.capabilities,
    );
    if (fields.length > 0) {
      return driverErrors.unsupported(`The driver kubevirt can't honour ${fields.join(', ')}.`);
    }
    if (this.#known.observeMigration(order.key, order.migrationUid) !== undefined) return ACCEPTED;
    this.#ordering.add(order.migrationUid);
    try {
      return await this.#order(async () => {
        const rendered = renderMigration(order, this.#hostname(order.destinationNode));
        const created = await this.#migrations.create(rendered, { fieldManager: FIELD_MANAGER });
        this.#known.learnMigration(created);
        // The name is made of the uid: what is there under it is this migration, from a call whose answer was lost.
      }, isAlreadyExists);
    } finally {
      this.#ordering.delete(order.migrationUid);
    }
  }

  observeMigration(key: VmKey, migrationUid: string): ObservedMigration | undefined {
    return this.#known.observeMigration(key, migrationUid);
  }

  /** KubeVirt aborts when the object is deleted; before the transfer has begun it may wait until it has. */
  async abortMigration(key: VmKey, migrationUid: string): Promise<Outcome> {
    const seen = this.#known.migration(key, migrationUid);
    if (seen === undefined) return this.#abortUnseen(key, migrationUid);
    if (seen.deleted) return ACCEPTED;
    const { metadata } = seen.migration;
    if (isOver(seen.migration) || metadata.deletionTimestamp !== undefined) return ACCEPTED;
    return this.#order(() => this.#migrations.delete(metadata, { uid: metadata.uid }), isNotFound);
  }

  /** The answer to its creation may have been lost; the API server knows whether it is there. */
  #abortUnseen({ namespace, name }: VmKey, migrationUid: string): Promise<Outcome> {
    if (this.#ordering.has(migrationUid)) {
      const message = `KubeVirt is just being asked to migrate VM ${namespace}/${name}.`;
      return Promise.resolve(driverErrors.busy(message));
    }
    return this.#order(() => this.#migrations.delete({ namespace, name: migrationName(migrationUid) }));
  }

  observeNode(name: string): ObservedHypervisor | undefined {
    return observeHypervisor(this.#node(name), this.#handlers.on(name));
  }

  #hostname(node: string | undefined): string | undefined {
    return node === undefined ? undefined : (this.#node(node)?.labels[HOSTNAME_LABEL] ?? node);
  }

  /** `isDone`: the errors that say that what is asked for is done or being done. */
  async #order(
    send: () => Promise<unknown>,
    isDone: (error: unknown) => boolean = () => false,
    onFailure: (error: unknown) => void = () => undefined,
  ): Promise<Outcome> {
    try {
      await send();
      return ACCEPTED;
    } catch (error) {
      if (isDone(error)) return ACCEPTED;
      onFailure(error);
      return outcomeOfError(error);
    }
  }
}

/** What is to be stored, as it would be read. */
function asUnseen({ metadata, spec }: AppliedVirtualMachine): VirtualMachine {
  return parseVirtualMachine({ metadata: { ...metadata, uid: '', resourceVersion: '' }, spec });
}

function obstacleTo({ key, instanceUid }: VmOrder, vm: VirtualMachine): Failure | undefined {
  const ownership = ownershipOf(vm);
  if (ownership.kind !== 'Instance' || ownership.uid !== instanceUid) {
    return driverErrors.rejected(`VM ${nameOf(key)} belongs to somebody else.`);
  }
  return vm.metadata.deletionTimestamp === undefined ? undefined : beingDeleted(key);
}

function beingDeleted(key: VmKey): Failure {
  return driverErrors.busy(`VM ${nameOf(key)} is being deleted.`);
}

function nameOf({ namespace, name }: VmKey): string {
  return `${namespace}/${name}`;
}
