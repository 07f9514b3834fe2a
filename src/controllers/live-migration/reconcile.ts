import { PROGRESS_INTERVAL, retryAfter } from '../../domain/backoff.ts';
import { decideMigration, isFinal, type MigrationDecision } from '../../domain/live-migration/decide.ts';
import { nextMigrationStatus, QUIET_MOMENT } from '../../domain/live-migration/status.ts';
import { isFailure } from '../../domain/outcome.ts';
import { soonest, type ReconcileResult } from '../../runtime/controller.ts';
import type { ControllerDeps } from '../deps.ts';
import { nextExpiry } from '../next-expiry.ts';
import { observeMigration } from '../world.ts';
import { act } from './act.ts';

/** One pass over a LiveMigration: observe, decide, act, write. `key` is `namespace/name`. */
export async function reconcileLiveMigration(key: string, deps: ControllerDeps): Promise<ReconcileResult> {
  const migration = deps.world.migrations.get(key);
  if (migration === undefined || !deps.mayAct()) return {};
  const observation = observeMigration(deps.world, migration);
  const decision = decideMigration(observation, deps.now());
  const outcome = await act(observation, decision, deps);
  if (outcome === 'Overtaken') return {};
  const status = nextMigrationStatus(observation, decision, outcome, deps.now());
  if (status !== undefined) {
    const written = await deps.migrationStatus.write(migration, status);
    if (written.kind === 'written') deps.events.migrationChanged(migration, status);
  }
  const { operation, rescue } = observation.instance?.instance.status ?? {};
  const expiry = nextExpiry(rescue, new Date(deps.now()).toISOString());
  const look = isFailure(outcome)
    ? {
        after: retryAfter(outcome, operation?.startedAt, deps.now()),
        because: `the driver said: ${outcome.message}`,
      }
    : nextLook(decision);
  return soonest(look, isFinal(migration.status?.phase) ? {} : expiry);
}

function nextLook({ kind }: MigrationDecision): ReconcileResult {
  if (kind === 'Start') return { after: QUIET_MOMENT, because: 'a long preparation is worth showing' };
  return kind === 'Follow' || kind === 'Abort'
    ? { after: PROGRESS_INTERVAL, because: 'a migration is under way' }
    : {};
}
