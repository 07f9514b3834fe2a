import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { kustomizeBase, NAMESPACE } from '../../scripts/generate/kustomize.ts';
import { startControlPlane, type ControlPlane } from '../control-plane/control-plane.ts';
import { describeWhereThereIs } from '../support/describe-where-there-is.ts';
import { kubectl } from '../support/kubectl.ts';
import { missingForHelm, renderChart } from './helm.ts';

const BASE = join(import.meta.dirname, '../../kustomize/base');

describeWhereThereIs('Helm', missingForHelm(), 'the Kustomize base', () => {
  let controlPlane: ControlPlane;

  beforeAll(async () => {
    controlPlane = await startControlPlane();
  }, 120_000);
  afterAll(() => controlPlane.stop());

  it('is what the chart makes with its own values (npm run generate:kustomize)', async () => {
    const files = kustomizeBase(await renderChart(NAMESPACE));
    expect(readdirSync(BASE).toSorted()).toEqual(
      files.map(({ path }) => path.replace('kustomize/base/', '')).toSorted(),
    );
    for (const { path, content } of files) {
      expect({ path, content: readFileSync(join(BASE, '../..', path), 'utf8') }).toEqual({ path, content });
    }
  });

  it('is applied by kubectl, and applied again it changes nothing', async () => {
    const run = async (...args: readonly string[]) => {
      const { code, stdout, stderr } = await kubectl(controlPlane, args);
      expect(stderr).toBe('');
      expect(code).toBe(0);
      return stdout;
    };
    await run('create', 'namespace', 'kubevirt');
    const rendered = await run('kustomize', BASE);
    expect(rendered).not.toMatch(/helm/i);
    await run('apply', '--server-side', '--validate=strict', '-k', BASE);
    const before = await run('get', 'deploy,clusterrole,crd', '-A', '-o', 'jsonpath={..metadata.generation}');
    await run('apply', '--server-side', '-k', BASE);
    const after = await run('get', 'deploy,clusterrole,crd', '-A', '-o', 'jsonpath={..metadata.generation}');
    expect(after).toBe(before);
  }, 60_000);
});
