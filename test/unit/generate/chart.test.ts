import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { generatedFiles } from '../../../scripts/generate/files.ts';
import { OPERATOR, WEBHOOK_SERVICE } from '../../../scripts/generate/names.ts';
import { evictionRules, kubeVirtMigrationRules, WEBHOOKS } from '../../../scripts/generate/webhooks.ts';
import { readConfig } from '../../../src/config/config.ts';

const chart = join(import.meta.dirname, '../../../charts/medevac');
const read = (path: string) => readFileSync(join(chart, path), 'utf8');
const templates = readdirSync(join(chart, 'templates'));
const allTemplates = templates.map((name) => read(join('templates', name))).join('\n');

/** Values of the chart by their path, as templates name them. */
function paths(value: unknown, prefix: string): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [prefix];
  return [prefix, ...Object.entries(value).flatMap(([key, inner]) => paths(inner, `${prefix}.${key}`))];
}

describe('the generated files', () => {
  it('are the same bytes each time', async () => {
    expect(await generatedFiles()).toEqual(await generatedFiles());
  });

  it('are used by the templates, all of them, and no others', async () => {
    const generated = (await generatedFiles())
      .filter(({ path }) => /^charts\/medevac\/files\/[^/]+$/.test(path))
      .map(({ path }) => `files/${basename(path)}`);
    const used = [...allTemplates.matchAll(/\.Files\.Get "([^"]+)"/g)].map(([, path]) => path);
    expect([...new Set(used)].toSorted()).toEqual(generated.toSorted());
    expect(read('templates/crds.yaml')).toContain('.Files.Glob "files/crds/*.yaml"');
  });
});

/** `path`: names with dots between. */
function valueAt(values: unknown, path: string): unknown {
  return path.split('.').reduce((at, name) => (at as Record<string, unknown>)[name], values);
}

describe('the chart', () => {
  it('starts the operator with flags and variables that it knows', () => {
    const deployment = read('templates/deployment.yaml');
    const values = parse(read('values.yaml')) as Record<string, unknown>;
    const args = [...deployment.matchAll(/^ +- (--\S.*)$/gm)].map(([, arg = '']) =>
      arg
        .replace(/\{\{ \.Values\.([\w.]+) \}\}/, (_, path: string) => String(valueAt(values, path)))
        .replace('{{ join "," . }}', 'team-a,team-b'),
    );
    const variables = [...deployment.matchAll(/- name: (MEDEVAC_\w+)\n +value: (.+)$/gm)];
    const environment = Object.fromEntries<string>(
      // What a template writes only where the value is given.
      variables.map(([, name = '', value = '']): [string, string] => [
        name,
        value.replace('{{ . | quote }}', 'v1.7.0'),
      ]),
    );
    expect(readConfig(args, environment)).toMatchObject({
      driver: 'kubevirt',
      namespaces: ['team-a', 'team-b'],
      leaderElect: true,
      webhooks: { service: WEBHOOK_SERVICE, port: 9443, unrescueDuringMigration: 'Refuse' },
      healthPort: 8081,
      kubeVirtNamespace: 'kubevirt',
      minimumVersion: { source: 'v1.7.0', destination: 'v1.7.0' },
      libvirtConfig: '/etc/medevac/libvirt.json',
      drain: { limits: { perSource: 2, perCluster: 5, perDestination: 2 }, kept: 10, longestSearch: 60_000 },
    });
  });

  it('puts the Service where the operator expects it without being told', () => {
    expect(readConfig([], {}).webhooks.service).toBe(WEBHOOK_SERVICE);
    expect(read('templates/service.yaml')).toContain(`\n  name: ${WEBHOOK_SERVICE}\n`);
  });

  it('gives every value that a template uses', () => {
    const known = paths(parse(read('values.yaml')), '.Values');
    const used = [...allTemplates.matchAll(/\.Values(?:\.\w+)+/g)].map(([path]) => path);
    expect(used.filter((path) => !known.includes(path))).toEqual([]);
  });

  it('writes numbers that are no text as whole ones: Helm prints a large one as 1e+06', () => {
    const bare = [
      ...allTemplates.matchAll(/^ *(?:value|replicas|port): \{\{ (?!int |. \| quote )(.+) \}\}$/gm),
    ];
    expect(bare.map(([line]) => line.trim())).toEqual(['replicas: {{ .Values.replicas }}']);
  });

  it('describes every value in its schema', () => {
    const schema = JSON.parse(read('values.schema.json')) as { properties: Record<string, unknown> };
    const values = parse(read('values.yaml')) as Record<string, unknown>;
    expect(
      Object.keys(schema.properties)
        .filter((name) => name !== 'global')
        .toSorted(),
    ).toEqual(Object.keys(values).toSorted());
  });

  it('names the webhook configuration as the operator may patch it', () => {
    expect(read('templates/webhook-configuration.yaml')).toContain(`\n  name: ${OPERATOR}\n`);
    expect(WEBHOOKS.map(({ path }) => path)).toEqual(['/validate/instances', '/validate/live-migrations']);
    const mutating = parse(read('files/mutating-webhooks.yaml')) as { clientConfig: object }[];
    expect(mutating).toEqual([
      {
        ...kubeVirtMigrationRules('OPERATOR_NAMESPACE'),
        clientConfig: { service: { path: '/mutate/kubevirt-migrations' } },
      },
      { ...evictionRules(), clientConfig: { service: { path: '/mutate/evictions' } } },
    ]);
  });
});
