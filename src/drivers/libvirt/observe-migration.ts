import type { ObservedMigration, Trouble, UnfinishedMigration } from '../../domain/observed.ts';
import { finalProgress } from './final-figures.ts';
import type { MigrationEnd, MigrationRecord } from './metadata.ts';
import { interruptionOf, isPostCopy, vmOf } from './post-copy.ts';
import type { TransferMemory } from './transfer-memory.ts';
import { at, isBeingMoved, type VmView } from './view.ts';

/** The migration of that uid as the hosts have it, and what was ordered of it; `undefined`: it was never begun, or another one came after it. */
export function observeMigration(
  view: VmView,
  uid: string,
  transfer: TransferMemory | undefined,
): ObservedMigration | undefined {
  const { migration } = view;
  if (migration?.uid !== uid) return undefined;
  const { source, destination, startedAt, end } = migration;
  return {
    phase: phaseOf(view, migration),
    ...orderedOf(migration, transfer),
    source,
    destination,
    startedAt,
    endedAt: end?.at,
    ...figuresOf(view, migration),
    trouble: end === undefined ? whyNotOver(view, migration, transfer) : troubleOf(end),
  };
}

/** Of one that arrived, those of all of it; what has failed keeps those that were last seen. */
function figuresOf(
  view: VmView,
  { source, end }: MigrationRecord,
): Pick<ObservedMigration, 'progress' | 'downtimeMilliseconds'> {
  if (end?.outcome !== 'Succeeded') return { progress: at(view, source)?.job?.progress };
  return { progress: finalProgress(end.figures), downtimeMilliseconds: end.figures?.downtime };
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

function whyNotOver(
  view: VmView,
  migration: MigrationRecord,
  transfer: TransferMemory | undefined,
): Trouble | undefined {
  const own = transfer?.uid === migration.uid ? transfer : undefined;
  const interruption = interruptionOf(view, migration, own);
  if (interruption !== undefined || own?.notEnded === undefined) return interruption;
  const { node, words } = own.notEnded;
  const lost = own.lost === undefined ? '' : ` ${own.lost}`;
  const message =
    `VM ${vmOf(view)}: the end of its migration can't be written on node "${node}": ${words}. It is tried again, and it is not started before.` +
    `${lost} If this stays, restart libvirtd on node "${node}": guests run on meanwhile.`;
  return { reason: 'EndNotWritten', message };
}

function troubleOf({ outcome, words }: MigrationEnd): Trouble | undefined {
  if (outcome === 'Succeeded') return undefined;
  return { reason: outcome === 'Aborted' ? 'Aborted' : 'MigrationFailed', message: words };
}
