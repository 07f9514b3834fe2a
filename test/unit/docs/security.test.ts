import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const ROOT = join(import.meta.dirname, '../../..');
const page = readFileSync(join(ROOT, 'SECURITY.md'), 'utf8');
const rows = page.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| who | through'));

describe('the threats in SECURITY.md', () => {
  it('each name a test', () => {
    expect(rows.length).toBeGreaterThan(10);
    expect(rows.filter((row) => !/`test\/\S+\.test\.ts`/.test(row))).toEqual([]);
  });

  it('name tests that are there', () => {
    const named = [...page.matchAll(/`(test\/\S+?)`/g)].map(([, path = '']) => path);
    expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it('link to pages that are there', () => {
    const links = [...page.matchAll(/\]\((docs\/[^)#]+)/g)].map(([, path = '']) => path);
    expect(links.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});
