import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import * as z from 'zod';
import { productionDependencies } from '../../scripts/generate/licences.ts';

const ROOT = join(import.meta.dirname, '../..');

/** Licences that ask for no more than to be named. */
const PERMISSIVE: ReadonlySet<string> = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'PSF-2.0',
  'Unlicense',
]);

const Sbom = z.object({
  bomFormat: z.literal('CycloneDX'),
  components: z.array(
    z.object({
      name: z.string(),
      version: z.string(),
      purl: z.string().regex(/^pkg:npm\/(%40[^/]+\/)?[^/@]+@[^@]+$/),
      hashes: z.tuple([
        z.object({ alg: z.literal('SHA-512'), content: z.string().regex(/^[0-9a-f]{128}$/) }),
      ]),
    }),
  ),
});

/** Packages that the sources of the operator name. */
function imported(): string[] {
  const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' });
  const texts = sources
    .filter((path) => path.endsWith('.ts'))
    .map((path) => readFileSync(join(ROOT, 'src', path), 'utf8'));
  const named = texts.flatMap((source) =>
    [...source.matchAll(/^import (?!type)[^;]*?'((?:@[\w-]+\/)?[\w-]+)(?:\/[^']*)?';/gm)].map(
      ([, name = '']) => name,
    ),
  );
  return [...new Set(named)].filter((name) => name !== 'node');
}

describe('what the operator is installed with', () => {
  it('has all that its sources import', () => {
    const installed = new Set(productionDependencies().map(({ name }) => name));
    const names = imported();
    expect(names).toContain('zod');
    expect(names.filter((name) => !installed.has(name))).toEqual([]);
  });

  it('is under licences that ask for no more than to be named', () => {
    const others = productionDependencies().filter(({ licence }) => !PERMISSIVE.has(licence));
    expect(others).toEqual([]);
  });

  it('is listed by `npm run sbom`, with its digests', async () => {
    const { stdout } = await promisify(execFile)('npm', ['run', '--silent', 'sbom'], {
      cwd: ROOT,
      maxBuffer: 2 ** 24,
    });
    const { components } = Sbom.parse(JSON.parse(stdout));
    expect(components.map(({ name, version }) => `${name}@${version}`)).toEqual(
      productionDependencies().map(({ name, version }) => `${name}@${version}`),
    );
  }, 60_000);
});
