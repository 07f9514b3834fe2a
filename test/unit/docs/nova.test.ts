import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { readPage, ROOT, tableUnder } from './page.ts';

const rows = tableUnder(readPage('docs/nova.md'), 'The statements').map((row) => ({
  number: Number(row['No.']),
  answer: row['medevac'] ?? '',
  tests: [...(row['Test'] ?? '').matchAll(/`([^`]+)`: "(.*?)"(?=<br>|$)/g)].map(([, file = '', title = '']) => ({
    file,
    title,
  })),
}));

describe('docs/nova.md', () => {
  it('answers all 46 statements, in order', () => {
    expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: 46 }, (_, index) => index + 1));
  });

  it.each(rows)('statement $number has a test, or says why it has none', ({ answer, tests }) => {
    expect(tests.length > 0 || /Differs|Issue \d/.test(answer)).toBe(true);
  });

  it.each(rows.flatMap(({ number, tests }) => tests.map((test) => ({ number, ...test }))))(
    'statement $number: $file has "$title"',
    ({ file, title }) => {
      expect(existsSync(join(ROOT, file))).toBe(true);
      const source = readFileSync(join(ROOT, file), 'utf8').replaceAll('\\', '');
      expect(["'", '"', '`'].some((quote) => source.includes(quote + title + quote))).toBe(true);
    },
  );
});
