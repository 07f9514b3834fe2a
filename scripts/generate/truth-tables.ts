import { TRUTH_TABLES } from '../../test/unit/domain/truth-tables/tables.ts';
import { cellsOf, type AnyTruthTable } from '../../test/unit/domain/truth-tables/truth-table.ts';
import { table } from './markdown.ts';

/** Markdown of the tables of who may do what, by title. */
export function truthTables(): Record<string, string[]> {
  return Object.fromEntries(Object.entries(TRUTH_TABLES).map(([title, truth]) => [title, markdownOf(truth)]));
}

function markdownOf(truth: AnyTruthTable): string[] {
  const head = [...Object.keys(truth.axes), 'medevac', 'Nova', 'why we differ'];
  return table(
    head,
    truth.rows.map((row) => [...cellsOf(truth, row), row.want, row.nova, row.why ?? '']),
  );
}
