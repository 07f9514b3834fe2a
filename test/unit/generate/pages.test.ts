import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { generatedFiles } from '../../../scripts/generate/files.ts';

const root = join(import.meta.dirname, '../../..');

it.each(await generatedFiles())('$path is what the code gives (npm run generate)', ({ path, content }) => {
  expect(readFileSync(join(root, path), 'utf8')).toBe(content);
});
