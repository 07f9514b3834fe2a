import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { VmKey } from '../driver.ts';
import {
  completedJob,
  refreshPool,
  resumeTransfer,
  startDomain,
  writeMigration,
  writeVm,
  type Transfer,
} from './commands.ts';
import { finalFigures, type FinalFigures } from './final-figures.ts';
import type { Fleet } from './fleet.ts';
import type { LibvirtHost } from './host.ts';
import type { MigrationEnd, MigrationRecord } from './metadata.ts';
import { domainName, pathOf } from './names.ts';
import type { Step, VmMemory } from './settle.ts';
import { afterCrash } from './start-pause.ts';
import { parseStatistics } from './statistics.ts';
import { foundTransfer, type TransferMemory } from './transfer-memory.ts';
import type { VmView } from './view.ts';
import type { VirshResult } from './virsh.ts';

/** How long an order may take that a guest has no part in, and one that starts or ends a guest. Milliseconds. */
export const ORDER_DEADLINE = 30_000;
export const GUEST_DEADLINE = 60_000;
/** What a domain leaves with libvirt, all of which goes with it. */
export const UNDEFINE = [
  'undefine',
  '--managed-save',
  '--snapshots-metadata',
  '--checkpoints-metadata',
  '--nvram',
];

export type ActingStep = Exclude<Step, { kind: 'None' | 'Wait' }>;

interface CarryOutParts {
  readonly fleet: Fleet;
  readonly logger: Logger;
  /** How transfers are sent. */
  readonly encryption: Transfer['encryption'];
  /** What is remembered of each VM. */
  readonly memories: {
    memory(key: VmKey): VmMemory;
    remember(key: VmKey, fields: VmMemory): void;
  };
}

/** Carries out what was decided of a VM; that it is done is seen on the hosts. */
export class CarryOut {
  readonly #parts: CarryOutParts;

  constructor(parts: CarryOutParts) {
    this.#parts = parts;
  }

  step(key: VmKey, view: VmView, step: ActingStep): Promise<VirshResult> {
    const host = this.#parts.fleet.host(step.node);
    if (host === undefined)
      return Promise.resolve({ kind: 'Failed', message: `${step.node} is no libvirt host` });
    const name = domainName(key);
    switch (step.kind) {
      case 'Start':
        return this.#start(key, view, host);
      case 'ShutDown':
        this.#parts.memories.remember(key, { askedToShutDown: Date.now() });
        return ignoreFailure(host.run(['shutdown', name], { deadline: ORDER_DEADLINE }));
      case 'Destroy':
        this.#rememberWhy(key, view, step.because);
        return host.run(['destroy', name], { deadline: GUEST_DEADLINE });
      case 'Resume':
        return this.#resume(key, view, host);
      case 'NoteCrash':
        this.#parts.memories.remember(
          key,
          afterCrash(this.#parts.memories.memory(key), step.bootId, Date.now()),
        );
        return Promise.resolve({ kind: 'Done', stdout: '' });
      case 'NoteTransfer':
        this.#parts.memories.remember(key, { transfer: foundTransfer(step.uid, Date.now()) });
        return Promise.resolve({ kind: 'Done', stdout: '' });
      case 'Undefine':
        return host.run([...UNDEFINE, name], { deadline: ORDER_DEADLINE });
      case 'Abort':
        return this.#abort(key, host);
      case 'WriteEnd':
        return this.#writeEnd(key, view, { host, end: step.end });
    }
  }

  /** Each start is a boot of its own, and says so to whoever looks at what runs. */
  async #start(key: VmKey, { home, record }: VmView, host: LibvirtHost): Promise<VirshResult> {
    const name = domainName(key);
    if (home === undefined || record === undefined)
      return { kind: 'Failed', message: 'it is not stored anywhere' };
    const named = await host.run(writeVm(name, { ...record, bootId: randomUUID() }), {
      deadline: ORDER_DEADLINE,
    });
    if (named.kind !== 'Done') return named;
    await refreshPools(
      host,
      home.stored.volumes.map(({ pool }) => pool),
    );
    return host.run(startDomain(home.stored), { deadline: GUEST_DEADLINE });
  }

  #rememberWhy(key: VmKey, { migration }: VmView, lost: string | undefined): void {
    if (lost !== undefined && migration !== undefined) this.#rememberTransfer(key, migration, { lost });
  }

  /** Its end is waited for by nobody: what becomes of the guest is seen. */
  #resume(key: VmKey, { migration }: VmView, host: LibvirtHost): Promise<VirshResult> {
    const { fleet, encryption } = this.#parts;
    const to = migration && fleet.host(migration.destination);
    if (migration === undefined || to === undefined)
      return Promise.resolve({ kind: 'Failed', message: 'there is no migration' });
    this.#rememberTransfer(key, migration, { resumedAt: Date.now() });
    void host
      .runLong(resumeTransfer(domainName(key), to.address, encryption))
      .then((result) => this.#resumed(key, migration, result));
    return Promise.resolve({ kind: 'Done', stdout: '' });
  }

  #resumed(key: VmKey, migration: MigrationRecord, result: VirshResult): void {
    const notResumed = result.kind === 'Failed' ? result.message : undefined;
    this.#parts.logger.info(
      { vm: pathOf(key), result: result.kind, words: notResumed },
      'libvirt has ended to resume a migration',
    );
    // Another one may have come after it.
    if (this.#parts.memories.memory(key).transfer?.uid === migration.uid) {
      this.#rememberTransfer(key, migration, { notResumed });
    }
  }

  #rememberTransfer(key: VmKey, { uid }: MigrationRecord, fields: Partial<TransferMemory>): void {
    const { transfer } = this.#parts.memories.memory(key);
    const known = transfer?.uid === uid ? transfer : foundTransfer(uid, Date.now());
    this.#parts.memories.remember(key, { transfer: { ...known, ...fields } });
  }

  async #abort(key: VmKey, host: LibvirtHost): Promise<VirshResult> {
    const { transfer } = this.#parts.memories.memory(key);
    if (transfer !== undefined)
      this.#parts.memories.remember(key, { transfer: { ...transfer, abortedAt: Date.now() } });
    return host.run(['domjobabort', domainName(key)], { deadline: ORDER_DEADLINE });
  }

  async #writeEnd(
    key: VmKey,
    { migration, running, home }: VmView,
    { host, end }: { host: LibvirtHost; end: MigrationEnd },
  ): Promise<VirshResult> {
    if (migration === undefined) return { kind: 'Failed', message: 'there is no migration' };
    const where = [
      ...(running?.node === host.node ? (['--live'] as const) : []),
      ...(home?.node === host.node ? (['--config'] as const) : []),
    ];
    const figures = end.outcome === 'Succeeded' ? await figuresOf(host, domainName(key)) : undefined;
    const args = writeMigration(domainName(key), { ...migration, end: { ...end, figures } }, ...where);
    return host.run(args, { deadline: ORDER_DEADLINE });
  }
}

/** libvirt knows them at the destination, until that is started anew. */
async function figuresOf(host: LibvirtHost, domain: string): Promise<FinalFigures | undefined> {
  const result = await host.run(completedJob(domain), { deadline: ORDER_DEADLINE });
  return result.kind === 'Done' ? finalFigures(parseStatistics(result.stdout)) : undefined;
}

/** A guest that does not listen is ended when its time is over. */
async function ignoreFailure(result: Promise<VirshResult>): Promise<VirshResult> {
  await result;
  return { kind: 'Done', stdout: '' };
}

/** Volumes that others have made since the pool was last looked at are not known to libvirt. What fails, the start says. */
export async function refreshPools(host: LibvirtHost, pools: readonly string[]): Promise<void> {
  await Promise.all(
    [...new Set(pools)].map((pool) => host.run(refreshPool(pool), { deadline: ORDER_DEADLINE })),
  );
}
