import { describe, expect, it } from '@jest/globals';
import { reasonsOfUnion } from '../../../scripts/generate/messages/reasons.ts';
import { MigrationPhase } from '../../../src/api/live-migration.ts';
import { decideMigration, isFinal, type MigrationDecision } from '../../../src/domain/live-migration/decide.ts';
import { nextMigrationStatus } from '../../../src/domain/live-migration/status.ts';
import { PAGE_CASES } from '../domain/live-migration/page-cases.ts';
import { listed, readPage, tableUnder } from './page.ts';

const page = readPage('docs/states/live-migration.md');
const phases = tableUnder(page, 'Phases');

const passes = Object.values(PAGE_CASES)
  .flatMap((cases) => Object.values(cases))
  .map(({ observation, outcome, now }) => {
    const decision = decideMigration(observation, now);
    return { decision, status: nextMigrationStatus(observation, decision, outcome, now) };
  });

/** A record of all kinds, so that a new one does not compile without a row. */
const KINDS: Record<MigrationDecision['kind'], true> = {
  Queue: true,
  TakeLock: true,
  Start: true,
  Follow: true,
  Abort: true,
  ForceComplete: true,
  Withdraw: true,
  End: true,
  Release: true,
  Settled: true,
};

function conditionsIn(phase: string, type: string): string[] {
  const seen = passes
    .filter(({ status }) => status?.phase === phase)
    .flatMap(({ status }) => status?.conditions?.find((condition) => condition.type === type)?.status ?? []);
  return [...new Set(seen)].toSorted();
}

describe('docs/states/live-migration.md', () => {
  it('has a row for each phase, in order', () => {
    expect(phases.map(({ Phase }) => Phase)).toEqual(MigrationPhase.options);
  });

  const columns = phases.flatMap((row) =>
    ['Admitted', 'Reconciling', 'Stalled', 'Completed', 'Ready'].map((type) => ({
      phase: row['Phase'] ?? '',
      type,
      said: row[type],
    })),
  );

  it.each(columns)('$phase: $type is $said', ({ phase, type, said }) => {
    expect(listed(said).toSorted()).toEqual(conditionsIn(phase, type));
  });

  it.each(phases)('$Phase is followed by later phases, or by none where it is final', (row) => {
    const phase = MigrationPhase.parse(row['Phase']);
    const followers = listed(row['What may follow']).map((one) => MigrationPhase.parse(one));
    expect(followers.length === 0).toBe(isFinal(phase));
    const order = MigrationPhase.options;
    expect(followers.filter((one) => order.indexOf(one) <= order.indexOf(phase))).toEqual([]);
  });

  it('has a row and a situation for each decision', () => {
    const kinds = Object.keys(KINDS);
    expect(tableUnder(page, 'What is decided').map(({ Decision }) => Decision)).toEqual(kinds);
    expect(new Set(passes.map(({ decision }) => decision.kind))).toEqual(new Set(kinds));
  });

  it('has a situation for each way to end, but for the refusals of the gate', () => {
    const reasonsOf = (union: string) => reasonsOfUnion('domain/live-migration/reasons.ts', union);
    const refusals = reasonsOfUnion('domain/verdict.ts', 'RefusalReason').map(({ reason }) => reason);
    const endings = ['SuccessReason', 'AbortReason', 'FailureReason']
      .flatMap(reasonsOf)
      .map(({ reason }) => reason)
      .filter((reason) => !refusals.includes(reason));
    const told = passes.flatMap(({ status }) => status?.conditions?.find(({ type }) => type === 'Ready')?.reason ?? []);
    expect(endings.filter((reason) => !told.includes(reason))).toEqual([]);
  });
});
