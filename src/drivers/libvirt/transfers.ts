import type { Logger } from 'pino';
import type { Trouble } from '../../domain/observed.ts';
import { ACCEPTED, isFailure, type Outcome } from '../../domain/outcome.ts';
import { driverErrors } from '../driver-errors.ts';
import type { MigrationOrder, VmKey } from '../driver.ts';
import { forceTransfer, limitDowntime, migrateDomain, writeMigration } from './commands.ts';
import type { Fleet } from './fleet.ts';
import type { LibvirtHost } from './host.ts';
import { localDisks } from './local-disks.ts';
import type { MigrationRecord } from './metadata.ts';
import { domainName, pathOf } from './names.ts';
import type { Domain } from './parse.ts';
import { failureOf, isTooLateToAbort, outcomeOf } from './outcome.ts';
import { isPostCopy } from './post-copy.ts';
import type { LibvirtSettings } from './settings.ts';
import { ORDER_DEADLINE, refreshPools } from './carry-out.ts';
import type { Settler } from './settler.ts';
import { foundTransfer, isTooLateToBegin, type TransferMemory } from './transfer-memory.ts';
import { at, type Place, type VmView } from './view.ts';
import type { VirshResult } from './virsh.ts';

export interface TransfersParts {
  readonly fleet: Fleet;
  readonly settler: Settler;
  readonly settings: LibvirtSettings;
  readonly logger: Logger;
}

/** What a transfer goes along. */
interface Route {
  readonly from: LibvirtHost;
  readonly to: LibvirtHost;
  readonly running: NonNullable<VmView['running']>;
}

/** Starts migrations, forces and aborts them. How they go on and end is seen on the hosts, whoever has started them. */
export class Transfers {
  readonly #parts: TransfersParts;

  constructor(parts: TransfersParts) {
    this.#parts = parts;
  }

  /** Why what runs can't be sent anywhere. */
  obstacle(running: Domain): Trouble | undefined {
    return localDisks(running, this.#parts.settings);
  }

  /** Writes the migration on the domain, so that it is known wherever that is then, and sends the domain on its way. */
  async begin(order: MigrationOrder, { running, home }: VmView): Promise<Outcome> {
    const { key, migrationUid: uid, destinationNode } = order;
    const vm = `VM ${pathOf(key)}`;
    if (running === undefined) return driverErrors.rejected(`${vm} does not run.`);
    const obstacle = this.obstacle(running.running);
    if (obstacle !== undefined) return driverErrors.rejected(`${vm}: ${obstacle.message}.`);
    if (destinationNode === undefined) {
      return driverErrors.rejected(
        `${vm}: the driver libvirt does not choose a destination, and none was named.`,
      );
    }
    const { node: source } = running;
    const [from, to] = [source, destinationNode].map((node) => this.#parts.fleet.host(node));
    if (from === undefined || to === undefined || from === to) {
      return driverErrors.rejected(
        `${vm} can't be moved from node "${source}" to node "${destinationNode}".`,
      );
    }
    if (!to.isConnected) {
      return driverErrors.unavailable(`${vm}: the hypervisor of node "${destinationNode}" does not answer.`);
    }
    await this.#prepare(key, { from, to, running });
    const recordedAt = Date.now();
    const startedAt = new Date(recordedAt).toISOString();
    const record = { uid, source, destination: destinationNode, startedAt };
    const where = home === undefined ? (['--live'] as const) : (['--live', '--config'] as const);
    const written = outcomeOf(
      await from.run(writeMigration(domainName(key), record, ...where), { deadline: ORDER_DEADLINE }),
      vm,
    );
    await from.refresh(domainName(key));
    if (isFailure(written)) return written;
    this.#parts.settler.remember(key, { transfer: { uid, isOver: false, words: '' } });
    void this.#transfer(order, record, { from, to, running, recordedAt });
    return ACCEPTED;
  }

  /** Rejected after a post-copy has begun: part of the guest's memory is on each host then. */
  async abort(key: VmKey, migrationUid: string, view: VmView): Promise<Outcome> {
    const { migration } = view;
    if (migration?.uid !== migrationUid || migration.end !== undefined) return ACCEPTED;
    const { source, destination } = migration;
    if (isPostCopy(at(view, source), at(view, destination))) return tooLateToAbort(key, migration);
    const { settler, fleet } = this.#parts;
    const words = 'The migration was aborted.';
    settler.remember(key, {
      transfer: { ...this.#memoryOf(key, migrationUid), words, abortedAt: Date.now() },
    });
    const result = await fleet
      .host(source)
      ?.run(['domjobabort', domainName(key)], { deadline: ORDER_DEADLINE });
    if (result === undefined || result.kind === 'Done') return ACCEPTED;
    if (isTooLateToAbort(result)) {
      settler.remember(key, { transfer: { ...this.#memoryOf(key, migrationUid), abortedAt: undefined } });
      return tooLateToAbort(key, migration);
    }
    // Before libvirt has a job for it, there is nothing to abort: then it is told again when there is one.
    const failure = failureOf(result, `VM ${pathOf(key)}`);
    return failure.kind === 'Unavailable' ? failure : ACCEPTED;
  }

  /**
   * Forces a transfer to its end. Before it sends there is nothing to force: QEMU is not ready for post-copy, and takes
   * back what it is told of its limits.
   */
  async force({ key, migrationUid, policy }: MigrationOrder, view: VmView): Promise<Outcome> {
    const { migration } = view;
    const memory = this.#memoryOf(key, migrationUid);
    if (migration === undefined || !isToBeForced(view, migration, memory)) return ACCEPTED;
    const { source, destination } = migration;
    const vm = `VM ${pathOf(key)}`;
    const { settler, fleet } = this.#parts;
    const host = fleet.host(source);
    if (host === undefined || !isSending(at(view, source))) {
      return driverErrors.busy(`${vm}: its transfer has not begun, or is over.`);
    }
    const args = forceTransfer(domainName(key), policy?.postCopy === true ? 'PostCopy' : 'Pause');
    const result = await host.run(args, { deadline: ORDER_DEADLINE });
    // Its end may have come meanwhile: that stays as it was remembered.
    if (result.kind === 'Done') {
      settler.remember(key, { transfer: { ...this.#memoryOf(key, migrationUid), isForced: true } });
    }
    await fleet.refresh(key, source, destination);
    return outcomeOf(result, vm);
  }

  /** One that was begun by another process has no call here that could end. */
  #memoryOf(key: VmKey, uid: string): TransferMemory {
    const { transfer } = this.#parts.settler.memory(key);
    return transfer?.uid === uid ? transfer : foundTransfer(uid, Date.now());
  }

  /** What takes its time is done before anybody can see that it begins. */
  async #prepare(key: VmKey, { from, to, running }: Route): Promise<void> {
    await refreshPools(
      to,
      running.running.volumes.map(({ pool }) => pool),
    );
    // QEMU keeps what it was told last, also of a transfer that was forced and failed all the same.
    await from.run(limitDowntime(domainName(key), this.#parts.settings.maxDowntimeMilliseconds), {
      deadline: ORDER_DEADLINE,
    });
  }

  async #transfer(
    { key, policy }: MigrationOrder,
    { uid, source, destination }: MigrationRecord,
    { from, to, running, recordedAt }: Route & { readonly recordedAt: number },
  ): Promise<void> {
    const { settler, fleet, settings, logger } = this.#parts;
    const { volumes } = running.running;
    const isBelieved = volumes.every(
      ({ pool, readOnly }) => readOnly || settings.pools[pool]?.coherent === true,
    );
    const args = migrateDomain({
      domain: domainName(key),
      destination: to.address,
      policy,
      sharedDisks: isBelieved ? 'Believe' : 'FindOut',
      encryption: settings.allowPlainTransfer ? 'None' : 'Tls',
    });
    const result: VirshResult = isTooLateToBegin(recordedAt, Date.now())
      ? { kind: 'Failed', message: TOO_LATE }
      : await from.runLong(args);
    const words = result.kind === 'Done' ? '' : failureOf(result, 'Migration').message;
    logger.info(
      { vm: pathOf(key), source, destination, result: result.kind, words },
      'libvirt migration has ended',
    );
    // Only what is read from now on tells how.
    await fleet.refresh(key, source, destination);
    settler.remember(key, { transfer: { ...this.#memoryOf(key, uid), isOver: true, words } });
    settler.settle(key);
  }
}

/** What is said of a migration that was not sent on its way in time. */
const TOO_LATE = 'Its hosts took too long to get ready, so nothing was sent.';

function isSending(from: Place | undefined): boolean {
  return (from?.job?.progress.memoryProcessedBytes ?? 0) > 0;
}

/** Neither what is over, nor what was forced, nor what has no other way left than to its end. */
function isToBeForced(
  view: VmView,
  { source, destination, end }: MigrationRecord,
  { isForced }: TransferMemory,
): boolean {
  return end === undefined && isForced !== true && !isPostCopy(at(view, source), at(view, destination));
}

function tooLateToAbort(key: VmKey, { source, destination }: MigrationRecord): Outcome {
  return driverErrors.rejected(
    `VM ${pathOf(key)}: post-copy has begun, so the migration can't be aborted: the guest runs on node ` +
      `"${destination}" and part of its memory is on node "${source}" still.`,
  );
}
