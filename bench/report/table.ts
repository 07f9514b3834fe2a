import { summarize, type Summary } from '../measure/statistics.ts';
import type { RunResult } from '../workloads/workload.ts';
import { FIGURES, valuesOf, type Figure } from './figures.ts';

/** A row of the table: a figure, and what each contender has of it. */
export interface Row {
  readonly figure: Figure;
  /** By contender; absent: not measured. */
  readonly cells: ReadonlyMap<string, Summary>;
}

/** The figures that somebody has. */
export function rowsOf(results: readonly RunResult[], contenders: readonly string[]): Row[] {
  return FIGURES.map((figure) => ({ figure, cells: cellsOf(figure, results, contenders) })).filter(
    ({ cells }) => cells.size > 0,
  );
}

function cellsOf(figure: Figure, results: readonly RunResult[], contenders: readonly string[]): Row['cells'] {
  return new Map(
    contenders.flatMap((name) => {
      const summary = summarize(valuesOf(figure, name, results));
      return summary === undefined ? [] : [[name, summary] as const];
    }),
  );
}

/** `12.3 (11.9–13.0)`; of a single run its value alone. */
export function cellText(summary: Summary | undefined): string {
  if (summary === undefined) return '–';
  const { median, min, max, runs } = summary;
  return runs === 1 ? digits(median) : `${digits(median)} (${digits(min)}–${digits(max)})`;
}

export function digits(value: number): string {
  const size = Math.abs(value);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
}

function titleOf({ title, unit }: Figure): string {
  return unit === '' ? title : `${title}, ${unit}`;
}

function linesOf(rows: readonly Row[], contenders: readonly string[]): string[][] {
  const head = ['', ...contenders];
  return [
    head,
    ...rows.map(({ figure, cells }) => [
      titleOf(figure),
      ...contenders.map((name) => cellText(cells.get(name))),
    ]),
  ];
}

/** For a terminal. */
export function textTable(rows: readonly Row[], contenders: readonly string[]): string {
  const lines = linesOf(rows, contenders);
  const widths = (lines[0] ?? []).map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  const padded = (cell: string, column: number) =>
    column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
  return lines.map((line) => line.map(padded).join('  ').trimEnd()).join('\n');
}

/** For a page. */
export function markdownTable(rows: readonly Row[], contenders: readonly string[]): string {
  const [head = [], ...body] = linesOf(rows, contenders);
  const rule = head.map((_, column) => (column === 0 ? '---' : '---:'));
  return [head, rule, ...body].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
