import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { generatedFiles, type GeneratedFile } from './generate/files.ts';

/**
 * `npm run generate` writes the CRDs, the chart's copies and rules, and pages of docs; with `--verify` it writes nothing,
 * names what differs from what is committed, and exits with 1.
 */
const root = join(import.meta.dirname, '..');

function current(file: GeneratedFile): string | undefined {
  try {
    return readFileSync(join(root, file.path), 'utf8');
  } catch {
    return undefined;
  }
}

function write(file: GeneratedFile): void {
  const path = join(root, file.path);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, file.content);
  process.stdout.write(`wrote ${file.path}\n`);
}

const changed = (await generatedFiles()).filter((file) => current(file) !== file.content);

if (process.argv.includes('--verify')) {
  for (const { path } of changed)
    process.stderr.write(`${path} is not what the code gives: run npm run generate\n`);
  process.exitCode = changed.length === 0 ? 0 : 1;
} else {
  changed.forEach(write);
}
