/** A table whose columns grow with what is in them, as kubectl's do when it watches. */
export class Table {
  readonly #widths: number[];
  readonly #head: readonly string[];

  constructor(head: readonly string[]) {
    this.#head = head;
    this.#widths = head.map((title) => title.length);
  }

  /** The lines of some rows, the first time with the head above them. */
  lines(rows: readonly (readonly string[])[], head: 'WithHead' | 'WithoutHead'): string[] {
    for (const row of rows) {
      row.forEach((cell, column) => {
        this.#widths[column] = Math.max(this.#widths[column] ?? 0, cell.length);
      });
    }
    return (head === 'WithHead' ? [this.#head, ...rows] : rows).map((row) => this.#line(row));
  }

  #line(row: readonly string[]): string {
    const last = row.length - 1;
    return row
      .map((cell, column) => (column === last ? cell : cell.padEnd(this.#widths[column] ?? 0)))
      .join('   ');
  }
}
