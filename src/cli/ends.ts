import { conditionOf, isOver, keyText, type InstanceObject, type MigrationObject } from './objects.ts';
import { durationText } from './duration-text.ts';

/** Whether what was asked for has come to an end, as far as an object shows it. */
export type End =
  | { readonly kind: 'Unfinished'; readonly text: string }
  /** As it was asked for. */
  | { readonly kind: 'Reached'; readonly text: string }
  /** Another one. */
  | { readonly kind: 'Missed'; readonly text: string };

/** How far the rescue, or the way back from it, is that `generation` asks for. Pure. */
export function endOfRescue(
  instance: InstanceObject | undefined,
  wanted: 'Rescued' | 'Unrescued',
  generation: number,
): End {
  if (instance === undefined) return { kind: 'Missed', text: 'The Instance was deleted.' };
  const { status, spec } = instance;
  const key = keyText(instance);
  if ((spec.rescue === undefined) !== (wanted === 'Unrescued')) {
    const what = wanted === 'Rescued' ? 'taken spec.rescue away again' : 'set spec.rescue again';
    return { kind: 'Missed', text: `Somebody has ${what}: look at Instance ${key}, and ask again.` };
  }
  if (status.observedGeneration < generation) return { kind: 'Unfinished', text: `${key} not begun` };
  const stalled = conditionOf(instance, 'Stalled');
  if (stalled?.status === 'True') return { kind: 'Missed', text: stalled.message };
  return isThere(instance, wanted)
    ? { kind: 'Reached', text: stateText(instance) }
    : { kind: 'Unfinished', text: `${key} ${stateText(instance)}${obstacleText(instance)}` };
}

function isThere({ status: { operation, state } }: InstanceObject, wanted: 'Rescued' | 'Unrescued'): boolean {
  if (operation !== undefined) return false;
  return wanted === 'Rescued' ? state === 'Rescued' : state === 'Running' || state === 'Stopped';
}

/** `Rescued on node-a`. */
function stateText({ status: { state = 'Pending', node } }: InstanceObject): string {
  return node === undefined ? state : `${state} on ${node}`;
}

/** What stands in the way, where something other than the state is said. */
function obstacleText(instance: InstanceObject): string {
  const ready = conditionOf(instance, 'Ready');
  const said = ready === undefined || ready.status === 'True' || ready.reason === instance.status.state;
  return said ? '' : ` (${ready.reason}: ${ready.message})`;
}

/** What a migration is waited for to become. */
export type MigrationGoal = 'Succeeded' | 'Aborted';

/** How a migration has ended, told in its own last words. Pure. */
export function endOfMigration(migration: MigrationObject | undefined, goal: MigrationGoal): End {
  if (migration === undefined) {
    const kind = goal === 'Aborted' ? 'Reached' : 'Missed';
    return { kind, text: 'The LiveMigration was deleted, which aborts it.' };
  }
  const { phase = 'Queued' } = migration.status;
  if (!isOver(migration)) return { kind: 'Unfinished', text: phase };
  return { kind: phase === goal ? 'Reached' : 'Missed', text: lastWords(migration) };
}

function lastWords(migration: MigrationObject): string {
  const { status } = migration;
  const said = conditionOf(migration, 'Ready')?.message ?? '';
  const figures = [
    ...(status.transferMilliseconds === undefined
      ? []
      : [`transfer ${secondsText(status.transferMilliseconds)}`]),
    ...(status.downtimeMilliseconds === undefined ? [] : [`downtime ${status.downtimeMilliseconds} ms`]),
  ];
  return [
    `${status.phase ?? ''}:`,
    ...(said === '' ? [] : [said]),
    ...(figures.length === 0 ? [] : [`(${figures.join(', ')})`]),
  ].join(' ');
}

function secondsText(ms: number): string {
  return ms < 10_000 ? `${(ms / 1_000).toFixed(1)} s` : durationText(ms);
}
