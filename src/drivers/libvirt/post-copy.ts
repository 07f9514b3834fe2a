import type { Trouble } from '../../domain/observed.ts';
import type { MigrationRecord } from './metadata.ts';
import { keyOfDomain, pathOf } from './names.ts';
import type { TransferMemory } from './transfer-memory.ts';
import { at, type Place, type VmView } from './view.ts';

/** The guest runs on the destination, and part of its memory is on the source still: there is no way back. */
export function isPostCopy(from: Place | undefined, to: Place | undefined): boolean {
  const isThere = to?.state === 'PostCopy' || to?.state === 'PostCopyFailed';
  return isThere && from?.running !== undefined;
}

/** What a user is told while the memory that is missing does not come. */
export function interruptionOf(
  view: VmView,
  { source, destination }: MigrationRecord,
  transfer: TransferMemory | undefined,
): Trouble | undefined {
  if (!hasFailed(view, source) && !hasFailed(view, destination)) return undefined;
  const message =
    `VM ${vmOf(view)}: nodes "${source}" and "${destination}" have lost their connection in post-copy: ` +
    `the guest is on node "${destination}", and waits for memory that is on node "${source}". ` +
    'Restore the network between them: the transfer is resumed by itself then. Until then keep both nodes up: ' +
    'without either of them the guest is lost, and is booted anew.' +
    lastAttempt(transfer);
  return { reason: 'PostCopyInterrupted', message };
}

/** Its namespace and name. */
export function vmOf({ running, home }: VmView): string {
  const { name } = running?.running ?? home?.stored ?? { name: '' };
  const key = keyOfDomain(name);
  return key === undefined ? name : pathOf(key);
}

function lastAttempt(transfer: TransferMemory | undefined): string {
  const words = transfer?.notResumed;
  return words === undefined ? '' : ` The last attempt to resume it has failed: ${words}.`;
}

/** Whether post-copy was interrupted, and both sides know it: then it can be resumed. */
export function isResumable(view: VmView, { source, destination }: MigrationRecord): boolean {
  return hasFailed(view, source) && hasFailed(view, destination);
}

/**
 * What is left of a guest that was lost in post-copy, and why: each side has memory that the other has not, so what one
 * of them has is no guest without the other. To be asked where both sides are known.
 */
export function remainsOf(
  view: VmView,
  { source, destination }: MigrationRecord,
): { readonly node: string; readonly because: string } | undefined {
  const lost = 'The transfer was interrupted in post-copy, and the guest was lost';
  if (hasFailed(view, source) && at(view, destination)?.running === undefined) {
    return { node: source, because: `${lost}: it has ended on node "${destination}".` };
  }
  if (hasFailed(view, destination) && at(view, source)?.running === undefined) {
    return { node: destination, because: `${lost}: the rest of its memory has gone on node "${source}".` };
  }
  return undefined;
}

function hasFailed(view: VmView, node: string): boolean {
  return at(view, node)?.state === 'PostCopyFailed';
}
