import { isLost } from '../world/losses.ts';
import { inForce } from '../world/in-force.ts';
import { seen } from '../world/stale.ts';
import { isActive, lockOf, type World } from '../world/world.ts';
import type { Property } from './property.ts';
import { bootOf } from './rendering.ts';

/** Rule 2: rescue state and node only change as asked. */
export const RESCUED: readonly Property[] = [
  /** (A guest that died before its migration may still be shown as Starting at first.) */
  function staysRescued(before, { next }) {
    const status = next.instance?.status;
    if (!isActive(next.migration) || status === before.instance?.status) return undefined;
    if (!runsRescued(next) || status?.state === 'Rescued' || isUnseen(before)) return undefined;
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
    return isKeptRescued(before, next) ? `a rescued Instance becomes ${now} unasked` : undefined;
  },
];

/** Nobody has asked for anything else, nothing has happened to the guest, and all of that is seen and told. */
function isKeptRescued(world: World, next: World): boolean {
  const { instance, stale, unanswered } = world;
  // The end of a lease is remembered in the write that shows it.
  const asked = next.instance && inForce(next.instance);
  if (instance?.deleting !== false || asked?.rescue === undefined || isLost(world)) return false;
  const { session } = bootOf(asked, instance.uid);
  // Nor was it asked for something else meanwhile, which has come half-way.
  const booted = [world.vm, world.guest].every((found) => found?.boot.session === session);
  const told = Object.keys(stale).length === 0 && unanswered.length === 0;
  return booted && runsRescued(world) && told;
}

function runsRescued({ guest }: World): boolean {
  return guest?.boot.mode === 'Rescue' && guest.phase === 'Running';
}

/** What is shown is what was last seen of it, and nothing where its node is lost. */
function isUnseen(world: World): boolean {
  const { stale } = world;
  return stale.guest !== undefined || stale.vm !== undefined || isLost(seen(world));
}
