import { describe, expect, it } from '@jest/globals';
import { TRUTH_TABLES } from './tables.ts';
import { cellsOf, combinationsOf, holdsFor } from './truth-table.ts';

const COUNTS: Readonly<Record<string, number>> = {
  'A LiveMigration is created': 1056,
  'An Instance is edited or deleted': 220,
  'A LiveMigration is changed': 32,
};

describe.each(Object.entries(TRUTH_TABLES))('who may do what: %s', (title, table) => {
  const combinations = combinationsOf(table);

  it('is said of each combination by exactly one row', () => {
    expect(combinations).toHaveLength(COUNTS[title] ?? 0);
    const rowsFor = (one: Readonly<Record<string, string>>) => table.rows.filter((row) => holdsFor(row, one));
    expect(combinations.filter((one) => rowsFor(one).length !== 1)).toEqual([]);
  });

  const rows = table.rows.map((row) => ({ row, name: cellsOf(table, row).join(' | ') }));

  it.each(rows)('$name: $row.want', ({ row }) => {
    const matching = combinations.filter((one) => holdsFor(row, one));
    expect(matching.length).toBeGreaterThan(0);
    const answers = matching.map((one) => ({ ...one, answer: table.answer(one) }));
    expect(answers.filter(({ answer }) => answer !== row.want)).toEqual([]);
  });
});
