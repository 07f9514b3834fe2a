import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../../..');

/** A row of a table by the names of its columns; code marks are taken off where a cell is nothing but code. */
export type Row = Readonly<Record<string, string>>;

export function readPage(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** The first table under a heading of a page. @throws where there is none */
export function tableUnder(page: string, heading: string): Row[] {
  const section = page.split(/^#+ /m).find((part) => part.startsWith(`${heading}\n`));
  const lines = section?.split('\n').filter((line) => line.startsWith('|')) ?? [];
  const [head, , ...rows] = lines.map(cellsOf);
  if (head === undefined) throw new Error(`there is no table under "${heading}"`);
  return rows.map((cells) => Object.fromEntries(head.map((name, index) => [name, cells[index] ?? ''])));
}

function cellsOf(line: string): string[] {
  const cells = line.split(/(?<!\\)\|/).slice(1, -1);
  return cells.map((cell) => cell.trim().replace(/^`([^`]*)`$/, '$1'));
}

/** The words of a cell that lists some; `-` lists none. */
export function listed(cell: string | undefined): string[] {
  return cell === undefined || cell === '-' ? [] : cell.split(', ');
}
