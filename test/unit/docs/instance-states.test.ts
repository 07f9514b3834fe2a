import { describe, expect, it } from '@jest/globals';
import { InstanceState } from '../../../src/api/instance.ts';
import { decideInstance } from '../../../src/domain/instance/decide.ts';
import type { InstanceObservation } from '../../../src/domain/instance/observation.ts';
import { stateOf } from '../../../src/domain/instance/state.ts';
import { nextInstanceStatus } from '../../../src/domain/instance/status.ts';
import { NOW } from '../../builders/observation.ts';
import { ALL_TABLES } from '../domain/instance/all-cases.ts';
import { observe, RESCUE, STOPPED } from '../domain/instance/situation.ts';
import { STATE_ROWS } from '../domain/instance/state-cases.ts';
import { listed, readPage, tableUnder } from './page.ts';

const page = readPage('docs/states/instance.md');
const rows = tableUnder(page, 'States');

/** What a user may ask for. */
const SPECS = [{}, RESCUE, STOPPED];

/** Every situation that the tests know of, and each VM of theirs with each spec. */
const situations: readonly InstanceObservation[] = [
  ...Object.values(ALL_TABLES)
    .flat()
    .map((row) => observe(row)),
  ...STATE_ROWS.flatMap(({ vm, lock, node }) =>
    SPECS.map((spec) => observe({ spec, vm, ...(lock && { lock }), ...(node && { node }) })),
  ),
];

/** What one pass makes of a situation. */
function pass(observation: InstanceObservation) {
  const decision = decideInstance(observation, NOW);
  return {
    before: stateOf(observation, observation.instance.status?.operation),
    after: stateOf(observation, decision.lock),
    status: nextInstanceStatus(observation, decision, { now: NOW }),
  };
}

const passes = situations.map(pass);

/** The statuses of a condition that are seen in a state. */
function statusesIn(state: string, type: string): string[] {
  const seen = passes
    .filter(({ status }) => status.state === state)
    .flatMap(({ status }) => status.conditions?.find((condition) => condition.type === type)?.status ?? []);
  return [...new Set(seen)].toSorted();
}

describe('docs/states/instance.md', () => {
  it('has a row for each state, in order', () => {
    expect(rows.map(({ State }) => State)).toEqual(InstanceState.options);
  });

  const columns = rows.flatMap((row) =>
    ['Ready', 'Reconciling', 'Rescued'].map((type) => ({ state: row['State'] ?? '', type, said: row[type] })),
  );

  it.each(columns)('$state: $type is $said', ({ state, type, said }) => {
    expect(listed(said).toSorted()).toEqual(statusesIn(state, type));
  });

  it.each(rows)('medevac takes $State to: $medevac takes it to', (row) => {
    const taken = passes.filter(({ before, after }) => before === row['State'] && after !== before);
    expect(listed(row['medevac takes it to']).toSorted()).toEqual(
      [...new Set(taken.map(({ after }) => after))].toSorted(),
    );
  });

  it.each(rows)('the world takes $State to states that there are', (row) => {
    expect(InstanceState.options).toEqual(expect.arrayContaining(listed(row['the world takes it to'])));
  });

  it('names the facets in the order in which they are asked', () => {
    const source = readPage('src/domain/instance/decide.ts');
    const facets = /const FACETS: readonly Facet\[\] = \[([^\]]*)\]/.exec(source)?.[1] ?? '';
    expect(tableUnder(page, 'What is done').map(({ Facet }) => Facet)).toEqual(facets.match(/\w+/g));
  });
});
