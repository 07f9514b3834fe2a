import { isActive, lockOf, type World } from '../world/world.ts';
import type { Property } from './property.ts';

/** Rule 2: rescue state and node only change as asked. */
export const RESCUED: readonly Property[] = [
  /** (A guest that died before its migration may still be shown as Starting at first.) */
  function staysRescued(before, { next }) {
    const status = next.instance?.status;
    if (!isActive(next.migration) || status === before.instance?.status) return undefined;
    if (!runsRescued(next) || status?.state === 'Rescued' || lagsInGuest(before)) return undefined;
    return `a rescued Instance that is migrated is shown as ${status?.state}`;
  },

  function showsTheSourceUntilTheEnd(before, { next }) {
    const status = next.instance?.status;
    if (lockOf(next)?.type !== 'Migrate' || status === before.instance?.status) return undefined;
    const { node, migration } = status ?? {};
    return node === migration?.source
      ? undefined
      : `an Instance that is migrated from ${migration?.source} is shown on ${node}`;
  },

  /** Once it is shown as rescued, it is so until somebody asks for something else or something happens to the guest. */
  function leavesRescueOnlyWhenAsked(before, { next }) {
    const shown = before.instance?.status?.state;
    const now = next.instance?.status?.state;
    if (shown !== 'Rescued' || now === undefined || now === shown) return undefined;
    return isKeptRescued(before) ? `a rescued Instance becomes ${now} unasked` : undefined;
  },
];

/** Nobody has asked for anything else, nothing has happened to the guest, and all of that is seen and told. */
function isKeptRescued(world: World): boolean {
  const { instance, stale, unanswered } = world;
  if (instance?.deleting !== false || instance.spec.rescue === undefined) return false;
  return runsRescued(world) && Object.keys(stale).length === 0 && unanswered.length === 0;
}

function runsRescued({ guest }: World): boolean {
  return guest?.boot.mode === 'Rescue' && guest.phase === 'Running';
}

/** What is shown is what was last seen of it. */
function lagsInGuest({ stale }: World): boolean {
  return stale.guest !== undefined || stale.vm !== undefined;
}
