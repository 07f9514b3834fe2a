/** Writes the Kustomize base from what Helm renders of the chart. It needs Helm (`npm run setup:install`), so `npm run generate` does not. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { renderChart } from '../test/install/helm.ts';
import { kustomizeBase, NAMESPACE } from './generate/kustomize.ts';

for (const { path, content } of kustomizeBase(await renderChart(NAMESPACE))) {
  const file = join(import.meta.dirname, '..', path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  process.stdout.write(`wrote ${path}\n`);
}
