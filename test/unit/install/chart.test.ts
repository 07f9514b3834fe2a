import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import packageJson from '../../../package.json' with { type: 'json' };
import { InstanceSpec } from '../../../src/api/instance.ts';
import { LiveMigrationSpec } from '../../../src/api/live-migration.ts';

const CHART = join(import.meta.dirname, '../../../charts/medevac');
const read = (path: string): unknown => parse(readFileSync(join(CHART, path), 'utf8'));
const { version, appVersion, annotations } = read('Chart.yaml') as {
  version: string;
  appVersion: string;
  annotations: Record<string, string>;
};
const annotation = (name: string): unknown => parse(annotations[`artifacthub.io/${name}`] ?? '');

describe('Chart.yaml', () => {
  it('has the version of the operator', () => {
    expect([version, appVersion]).toEqual([packageJson.version, packageJson.version]);
  });

  it('tells Artifact Hub of each kind that there is', () => {
    const told = annotation('crds') as { kind: string; name: string; version: string }[];
    const crds = readdirSync(join(CHART, 'files/crds')).map(
      (file) =>
        read(join('files/crds', file)) as {
          metadata: { name: string };
          spec: { names: { kind: string }; versions: { name: string; storage: boolean }[] };
        },
    );
    expect(told.map(({ kind, name, version: stored }) => ({ kind, name, version: stored }))).toEqual(
      crds.map(({ metadata, spec }) => ({
        kind: spec.names.kind,
        name: metadata.name,
        version: spec.versions.find(({ storage }) => storage)?.name,
      })),
    );
  });

  it('shows Artifact Hub objects that the API takes', () => {
    const examples = annotation('crdsExamples') as { kind: string; spec: unknown }[];
    expect(examples.map(({ kind }) => kind)).toEqual(['Instance', 'LiveMigration']);
    expect(() => InstanceSpec.parse(examples[0]?.spec)).not.toThrow();
    expect(() => LiveMigrationSpec.parse(examples[1]?.spec)).not.toThrow();
  });
});
