import type { ObservedMigration, Trouble, UnfinishedMigration } from '../../domain/observed.ts';
import type { MigrationEnd, MigrationRecord } from './metadata.ts';
import type { TransferMemory } from './transfer-memory.ts';
import { isBeingMoved, type Place, type VmView } from './view.ts';

/** The migration of that uid as the hosts have it, and what was ordered of it; `undefined`: it was never begun, or another one came after it. */
export function observeMigration(
  view: VmView,
  uid: string,
  transfer: TransferMemory | undefined,
): ObservedMigration | undefined {
  const { migration } = view;
  if (migration?.uid !== uid) return undefined;
  const { source, destination, startedAt, end } = migration;
  const { job } = at(view, source) ?? {};
  return {
    phase: phaseOf(view, migration),
    ...orderedOf(migration, transfer),
    source,
    destination,
    startedAt,
    endedAt: end?.at,
    progress: job?.progress,
    trouble: end && troubleOf(end),
  };
}

/** What was ordered of it while it was under way. */
function orderedOf(
  { uid, end }: MigrationRecord,
  transfer: TransferMemory | undefined,
): Pick<ObservedMigration, 'aborting' | 'completion'> {
  const own = transfer?.uid === uid ? transfer : undefined;
  const aborting = end === undefined ? own?.abortedAt !== undefined : end.outcome === 'Aborted';
  return { aborting, ...(own?.isForced === true && { completion: 'Forced' }) };
}

/** The migration that is not over, if there is one. */
export function unfinishedMigration(view: VmView, name: string): UnfinishedMigration | undefined {
  const { migration } = view;
  if (migration === undefined || !isBeingMoved(view)) return undefined;
  const { uid, source, destination, startedAt: createdAt } = migration;
  const phase = phaseOf(view, migration);
  return { uid, madeFor: 'LiveMigration', kind: 'domain', name, phase, source, destination, createdAt };
}

/** Where a VM is on that node. */
export function at({ places }: VmView, node: string): Place | undefined {
  return places.find((place) => place.node === node);
}

/**
 * It is over when its end is written on the domain, which is done when the destination says that the guest runs and the
 * source that nothing does, or the other way round.
 */
function phaseOf(view: VmView, { source, destination, end }: MigrationRecord): ObservedMigration['phase'] {
  if (end !== undefined) return end.outcome === 'Succeeded' ? 'Succeeded' : 'Failed';
  const [from, to] = [at(view, source), at(view, destination)];
  if (isPostCopy(from, to)) return 'PostCopy';
  if (from?.job !== undefined) return 'Running';
  return to?.running === undefined && from?.state === 'Running' ? 'Preparing' : 'Completing';
}

/** The guest runs on the destination, and part of its memory is on the source still: there is no way back. */
export function isPostCopy(from: Place | undefined, to: Place | undefined): boolean {
  return to?.state === 'PostCopy' && from?.running !== undefined;
}

function troubleOf({ outcome, words }: MigrationEnd): Trouble | undefined {
  if (outcome === 'Succeeded') return undefined;
  return { reason: outcome === 'Aborted' ? 'Aborted' : 'MigrationFailed', message: words };
}
