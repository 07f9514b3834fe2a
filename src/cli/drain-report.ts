import type { Instance } from '../api/instance.ts';
import type { LiveMigration } from '../api/live-migration.ts';
import { DRAINED_NODE_LABEL } from '../api/names.ts';
import type { Node } from '../api/node.ts';
import { drainedNodeLabel, pastAttempts } from '../domain/evacuation/attempts.ts';
import { departureBy, type Departure } from '../domain/evacuation/departure.ts';
import { planEvacuation, type Evacuee, type EvacuationStep } from '../domain/evacuation/plan.ts';
import type { EvictionNote } from '../domain/evacuation/request.ts';
import { isFinal } from '../domain/live-migration/decide.ts';
import { byEnd } from '../domain/live-migration/times.ts';
import { forecastDrains, type Forecast } from './drain-forecast.ts';
import { durationText } from './duration-text.ts';

/** How far a VM is. */
export interface DrainRow {
  readonly namespace: string;
  readonly name: string;
  readonly outcome: 'Migrated' | 'Migrating' | 'Waiting' | 'Blocked' | 'NotAsked';
  /** Of its live migration. */
  readonly phase: string | undefined;
  /** Percent where the driver has it, else how long it takes, or how long it is until the next attempt. */
  readonly progress: string | undefined;
  readonly destination: string | undefined;
  /** Its place in the queue, what blocks it, or what is awaited. */
  readonly note: string | undefined;
}

export interface DrainReport {
  readonly rows: readonly DrainRow[];
  /** Empty: no VM is left. Quiet: some are, and nobody asks for them to leave. */
  readonly drain: 'UnderWay' | 'Empty' | 'Quiet';
  /** How many are left. */
  readonly left: number;
}

/** What is there. */
export interface DrainSight {
  readonly node: string;
  readonly instances: readonly Instance[];
  readonly migrations: readonly LiveMigration[];
  readonly nodes: readonly Node[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** How far the drain of a node is, by the planner that the operator goes by. Pure. */
export function reportDrain(sight: DrainSight): DrainReport {
  const { node, instances, migrations } = sight;
  const staying = instances.filter((instance) => isOn(instance, node));
  const steps = stepsOf(sight);
  const rows = staying.map((instance) => rowOf(instance, steps.get(keyOf(instance))));
  const moved = instances
    .filter((instance) => !isOn(instance, node))
    .flatMap((instance) => arrival(instance, ofDrain(migrations, instance, node)) ?? []);
  const isQuiet = rows.every(({ outcome }) => outcome === 'NotAsked');
  return {
    rows: [...moved, ...rows].toSorted((a, b) => (keyText(a) < keyText(b) ? -1 : 1)),
    drain: rows.length === 0 ? 'Empty' : isQuiet ? 'Quiet' : 'UnderWay',
    left: rows.length,
  };
}

const keyText = ({ namespace, name }: Pick<DrainRow, 'namespace' | 'name'>) => `${namespace}/${name}`;
const keyOf = ({ metadata }: Instance) => keyText(metadata);

/** One that is off takes no place, and holds no drain. */
function isOn({ status }: Instance, node: string): boolean {
  return status?.node === node && status.state !== 'Stopped';
}

function ofInstance(migrations: readonly LiveMigration[], { metadata }: Instance): LiveMigration[] {
  return migrations.filter(
    (one) => one.metadata.namespace === metadata.namespace && one.spec.instanceName === metadata.name,
  );
}

function ofDrain(migrations: readonly LiveMigration[], instance: Instance, node: string): LiveMigration[] {
  const label = drainedNodeLabel(node);
  return ofInstance(migrations, instance).filter(
    ({ metadata }) => metadata.labels?.[DRAINED_NODE_LABEL] === label,
  );
}

/** Limits are the operator's: with none to be had, each that can go says its place. */
const NO_ROOM = { perSource: 0, perCluster: 0, perDestination: 0 };

/** Of all nodes that are drained, since they have one queue. */
function stepsOf({ instances, migrations, nodes, now }: DrainSight): ReadonlyMap<string, EvacuationStep> {
  const cordoned = new Set(
    nodes.filter(({ spec }) => spec.unschedulable).map(({ metadata }) => metadata.name),
  );
  const forecasts = new Map(
    forecastDrains([...cordoned], instances, nodes).map((one) => [keyText(one), one]),
  );
  const evacuees = instances.map((instance) =>
    evacueeOf(instance, {
      migrations: ofInstance(migrations, instance),
      forecast: forecasts.get(keyOf(instance)),
      now,
    }),
  );
  return planEvacuation(evacuees, [], NO_ROOM, now);
}

const NEVER = new Date(0).toISOString();

interface Seen {
  readonly migrations: LiveMigration[];
  /** `undefined`: its node is not cordoned. */
  readonly forecast: Forecast | undefined;
  readonly now: number;
}

const UNKNOWN = { blocked: undefined, candidates: [] } as const;

function evacueeOf(instance: Instance, { forecast, migrations, now }: Seen): Evacuee {
  const request = requestedOf(instance);
  const unfinished = migrations.find(({ status }) => !isFinal(status?.phase));
  return {
    key: keyOf(instance),
    source: request.node,
    requestedAt: request.requestedAt,
    cordoned: forecast !== undefined,
    priority: instance.spec.evacuation?.priority ?? 0,
    prospect: forecast ?? UNKNOWN,
    destinationBy: 'Backend',
    underWay: unfinished && departureOf(unfinished, now),
    past: pastAttempts(migrations, { id: request.podUID }),
  };
}

/** What is asked of a VM where it is; what was asked elsewhere says nothing any more. */
function requestedOf({ status }: Instance): EvictionNote {
  const { node = '', evacuation } = status ?? {};
  return evacuation?.node === node ? evacuation : { node, podUID: '', requestedAt: NEVER };
}

/** Without what only the operator sees. */
function departureOf(migration: LiveMigration, now: number): Departure {
  const departure = departureBy(migration, {}, now);
  return departure.phase === 'Queued' ? { ...departure, waitsFor: obstacleOf(migration.status) } : departure;
}

function obstacleOf(status: LiveMigration['status']): string | undefined {
  return status?.conditions?.find(({ type }) => type === 'Reconciling')?.message;
}

function rowOf({ metadata: { namespace, name } }: Instance, step: EvacuationStep | undefined): DrainRow {
  return { namespace, name, ...(step === undefined ? NOT_ASKED : cellsOf(step)) };
}

type Cells = Omit<DrainRow, 'namespace' | 'name'>;

const EMPTY = { phase: undefined, progress: undefined, destination: undefined, note: undefined };
const NOT_ASKED: Cells = { ...EMPTY, outcome: 'NotAsked' };

function cellsOf(step: EvacuationStep): Cells {
  switch (step.kind) {
    case 'Ended':
      return NOT_ASKED;
    case 'Blocked':
      return { ...EMPTY, outcome: 'Blocked', note: step.message };
    case 'Queued':
      return { ...EMPTY, outcome: 'Waiting', note: `place ${step.place} in the queue` };
    case 'Start':
      return { ...EMPTY, outcome: 'Waiting', note: 'about to begin' };
    case 'BackOff': {
      const note = `${step.failed} attempt(s) did not succeed; another one follows`;
      return { ...EMPTY, outcome: 'Waiting', progress: `in ${durationText(step.waitMs)}`, note };
    }
    case 'UnderWay':
      return underWay(step.departure);
  }
}

function underWay({ phase, percent, elapsedSeconds, destination, waitsFor }: Departure): Cells {
  const progress = percent === undefined ? durationText(elapsedSeconds * 1_000) : `${percent}%`;
  return { outcome: 'Migrating', phase, progress, destination, note: waitsFor };
}

/** How a VM has left that is elsewhere by now; `undefined`: no drain has moved it. */
function arrival(
  { metadata: { namespace, name } }: Instance,
  migrations: readonly LiveMigration[],
): DrainRow | undefined {
  const last = migrations
    .filter(({ status }) => status?.phase === 'Succeeded')
    .toSorted(byEnd)
    .at(-1);
  if (last?.status === undefined) return undefined;
  const { transferMilliseconds, outcome } = last.status;
  const progress = transferMilliseconds === undefined ? undefined : durationText(transferMilliseconds);
  return {
    ...EMPTY,
    namespace,
    name,
    outcome: 'Migrated',
    phase: 'Succeeded',
    progress,
    destination: outcome?.node,
  };
}

export const DRAIN_HEAD = ['NAMESPACE', 'NAME', 'OUTCOME', 'PHASE', 'PROGRESS', 'TO', 'NOTE'];

export function rowOfDrain({
  namespace,
  name,
  outcome,
  phase,
  progress,
  destination,
  note,
}: DrainRow): string[] {
  return [namespace, name, outcome, phase ?? '-', progress ?? '-', destination ?? '-', note ?? '-'];
}
