import { isDeepStrictEqual } from 'node:util';
import type { Operation } from '../../src/api/instance.ts';
import { decideInstance, type InstanceDecision } from '../../src/domain/instance/decide.ts';
import type { InstanceObservation } from '../../src/domain/instance/observation.ts';
import { stateOf } from '../../src/domain/instance/state.ts';
import { nextInstanceStatus } from '../../src/domain/instance/status.ts';
import { decideMigration, isFinal } from '../../src/domain/live-migration/decide.ts';
import { nextMigrationStatus } from '../../src/domain/live-migration/status.ts';
import { NOTHING_DONE } from '../../src/domain/outcome.ts';
import { anInstanceObservation, anOperation, NOW } from '../../test/builders/observation.ts';
import { ALL_TABLES } from '../../test/unit/domain/instance/all-cases.ts';
import { observe } from '../../test/unit/domain/instance/situation.ts';
import { STATE_ROWS } from '../../test/unit/domain/instance/state-cases.ts';
import { PAGE_CASES, type PageCase } from '../../test/unit/domain/live-migration/page-cases.ts';
import { table } from './markdown.ts';

/** Sections of docs/states/instance.md: situations of the tests, each told by the functions that the operator runs. */
export function instanceSections(): Record<string, string[]> {
  const states = STATE_ROWS.map(({ name, vm, lock, node }) => {
    const operation = lock && anOperation(lock);
    return [name, code(stateOf(anInstanceObservation({ vm, ...(node && { node }) }), operation))];
  });
  return { states: table(['What is there', 'State'], states), decisions: decisions() };
}

function decisions(): string[] {
  const sections = Object.entries(ALL_TABLES).flatMap(([title, rows]) => [
    '',
    `### ${title.charAt(0).toUpperCase()}${title.slice(1)}`,
    '',
    ...table(
      ['Situation', 'Lock', 'What is done', 'Lock after it', 'State after it'],
      rows.map(({ name, want: _, ...situation }) => {
        const observation = observe(situation);
        const decision = decideInstance(observation, NOW);
        const { lock } = situation;
        return [
          name,
          lockName(lock),
          isNoting(observation, decision)
            ? 'notes the identity of the VM in status.resolved'
            : doing(lock, decision),
          lockName(decision.lock?.type),
          code(stateOf(observation, decision.lock)),
        ];
      }),
    ),
  ]);
  return sections.slice(1);
}

/** Whether the only thing that this pass does is to write down an identity that is not the one that was frozen. */
function isNoting(observation: InstanceObservation, decision: InstanceDecision): boolean {
  const { action, lock } = decision;
  const before = observation.instance.status?.resolved;
  if (before === undefined || action.kind !== 'None' || lock !== undefined) return false;
  const { resolved } = nextInstanceStatus(observation, decision, { outcome: NOTHING_DONE, now: NOW });
  return !isDeepStrictEqual(resolved, before);
}

const ORDERS: Record<InstanceDecision['action']['kind'], string | undefined> = {
  None: undefined,
  Define: 'stores the VM as it should be',
  Restart: 'ends the boot that runs',
  AbortMigration: 'aborts the migration at the driver',
  Claim: 'writes on the VM whose it is',
  Hold: 'writes the finalizer on the Instance',
  Lift: 'removes the finalizer from the Instance',
  Remove: 'removes the VM',
};

function doing(
  held: Operation['type'] | undefined,
  { action, lock, stalled, awaited }: InstanceDecision,
): string {
  if (stalled !== undefined) return `stalls: ${stalled.reason}`;
  const order = ORDERS[action.kind];
  if (awaited !== undefined) return [order, `waits: ${awaited.reason}`].filter(Boolean).join(', ');
  if (order !== undefined) return order;
  if (lock === undefined) return held === undefined ? 'nothing' : 'gives the lock back';
  return lock.type === held ? 'waits' : 'takes the lock';
}

function lockName(type: Operation['type'] | undefined): string {
  return type === undefined ? 'free' : code(type);
}

/** Sections of docs/states/live-migration.md. */
export function migrationSections(): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(PAGE_CASES).map(([title, cases]) => [
      title,
      table(
        ['Situation', 'Decision', 'Phase', 'Reason'],
        Object.entries(cases).map(([name, one]) => [name, ...told(one)]),
      ),
    ]),
  );
}

function told({ observation, outcome, now }: PageCase): string[] {
  const decision = decideMigration(observation, now);
  const status = nextMigrationStatus(observation, decision, outcome, now);
  const says = isFinal(status?.phase) ? 'Ready' : 'Reconciling';
  const reason = status?.conditions?.find(({ type }) => type === says)?.reason;
  return [
    code(decision.kind),
    status?.phase === undefined ? 'nothing is written' : code(status.phase),
    reason === undefined ? '' : code(reason),
  ];
}

function code(word: string): string {
  return `\`${word}\``;
}
