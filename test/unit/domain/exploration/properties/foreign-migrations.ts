import { seen } from '../world/stale.ts';
import { isActive, isOwn, lockOf, type World } from '../world/world.ts';
import type { Property } from './property.ts';

/**
 * Migrations that others make (section 3, docs/adr/0017): the VM is theirs until it is over, as far as is seen. A guest
 * that is not up has nothing to lose by it.
 */
export const FOREIGN_MIGRATIONS: readonly Property[] = [
  function leavesAloneWhatOthersMigrate(before, { order }) {
    const tells = order?.kind === 'Define' || order?.kind === 'Restart';
    return tells && isMovedByOthers(seen(before))
      ? `a VM that somebody else migrates is told to ${order.kind}`
      : undefined;
  },

  function abortsNothingOfOthers({ foreign }, { order }) {
    return order?.kind === 'Abort' && order.uid === foreign?.uid
      ? 'a migration that somebody else made is aborted'
      : undefined;
  },

  function showsWhatOthersDo(before, { writes, next }) {
    const isTheirs = isMovedByOthers(seen(before)) && lockOf(next)?.uid === before.foreign?.uid;
    if (!isTheirs || !writes || next.instance === before.instance) return undefined;
    return isShownAsTheirs(next) ? undefined : 'a VM that somebody else migrates is not shown as Migrating';
  },
];

function isMovedByOthers(view: World): boolean {
  return isActive(view.foreign) && view.guest?.phase === 'Running' && isOwn(view);
}

function isShownAsTheirs({ instance }: World): boolean {
  const shown = instance?.status?.conditions?.find(({ type }) => type === 'Migrating');
  return shown?.reason === 'ForeignMigration';
}
