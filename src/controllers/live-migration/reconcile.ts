import type { LiveMigration } from '../../api/live-migration.ts';
import { PROGRESS_INTERVAL, retryAfter } from '../../domain/backoff.ts';
import {
  decideMigration,
  isBegun,
  isFinal,
  type MigrationDecision,
} from '../../domain/live-migration/decide.ts';
import { nextMigrationStatus, QUIET_MOMENT } from '../../domain/live-migration/status.ts';
import type { MigrationObservation } from '../../domain/live-migration/observation.ts';
import { isFailure, type Outcome } from '../../domain/outcome.ts';
import { soonest, type ReconcileResult } from '../../runtime/controller.ts';
import type { ControllerDeps } from '../deps.ts';
import { nextExpiry } from '../next-expiry.ts';
import { reconcileUnreadable } from '../unreadable.ts';
import { LEASE_ENDS, OVERTAKEN, UNSETTLED } from '../unsettled.ts';
import { observeMigration } from '../observe.ts';
import { instanceOf, isInstanceUnreadable } from '../world.ts';
import { act } from './act.ts';

/** The driver is at work. */
const UNDER_WAY: ReadonlySet<MigrationDecision['kind']> = new Set([
  'Follow',
  'Abort',
  'ForceComplete',
  'Withdraw',
]);

/** One pass over a LiveMigration: observe, decide, act, write. `key` is `namespace/name`. */
export async function reconcileLiveMigration(key: string, deps: ControllerDeps): Promise<ReconcileResult> {
  if (!deps.mayAct()) return LEASE_ENDS;
  const { world } = deps;
  const unreadable = world.unreadable.migrations.get(key);
  if (unreadable !== undefined) {
    return reconcileUnreadable('LiveMigration', unreadable, deps.unreadableMigrationStatus, deps);
  }
  const migration = world.migrations.get(key);
  if (migration === undefined) return {};
  // It is not gone: what its driver does for this migration goes on, and is looked at again when it is mended.
  if (isInstanceUnreadable(world, migration) && isBegun(migration.status)) return {};
  return (await isSettled(migration, deps)) ? reconcileReadable(migration, deps) : UNSETTLED;
}

/** It decides from both. */
async function isSettled(migration: LiveMigration, deps: ControllerDeps): Promise<boolean> {
  const instance = instanceOf(deps.world, migration);
  const isInstanceSettled = instance === undefined || (await deps.instanceStatus.settle(instance));
  return isInstanceSettled && (await deps.migrationStatus.settle(migration));
}

async function reconcileReadable(migration: LiveMigration, deps: ControllerDeps): Promise<ReconcileResult> {
  const observation = observeMigration(deps.world, migration);
  const decision = decideMigration(observation, deps.world.now());
  const outcome = await act(observation, decision, deps);
  if (outcome === 'Overtaken') return OVERTAKEN;
  const status = nextMigrationStatus(observation, decision, outcome, deps.world.now());
  if (status !== undefined) {
    const written = await deps.migrationStatus.write(migration, status);
    if (written.kind === 'conflict') return OVERTAKEN;
    if (written.kind === 'written') deps.events.migrationChanged(migration, status);
  }
  const expiry = isFinal(migration.status?.phase) ? {} : untilExpiry(observation, deps.world.now());
  return soonest(nextLook(observation, decision, outcome, deps.world.now()), expiry);
}

/** The expiry of a rescue ends a migration that has not begun. */
function untilExpiry({ instance }: MigrationObservation, now: number): ReconcileResult {
  return nextExpiry(instance?.instance.status?.rescue, new Date(now).toISOString());
}

function nextLook(
  { instance }: MigrationObservation,
  { kind }: MigrationDecision,
  outcome: Outcome,
  now: number,
): ReconcileResult {
  if (isFailure(outcome)) {
    const begun = instance?.instance.status?.operation?.startedAt;
    return { after: retryAfter(outcome, begun, now), because: `the driver said: ${outcome.message}` };
  }
  if (kind === 'Start') return { after: QUIET_MOMENT, because: 'a long preparation is worth showing' };
  return UNDER_WAY.has(kind) ? { after: PROGRESS_INTERVAL, because: 'a migration is under way' } : {};
}
