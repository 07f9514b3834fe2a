import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { startControlPlane, type ControlPlane } from '../control-plane/control-plane.ts';
import { describeWhereThereIs } from '../support/describe-where-there-is.ts';
import { kubectl } from '../support/kubectl.ts';
import { CHART, missingForHelm, template } from './helm.ts';
import { foreignKinds } from './values/foreign-kinds.ts';
import { OBJECT_CASES } from './values/object-cases.ts';
import { OPERATOR_CASES } from './values/operator-cases.ts';
import { REFUSED } from './values/refused.ts';
import { field, kinds, pod } from './values/rendered.ts';

const CASES = [...OPERATOR_CASES, ...OBJECT_CASES];

const NAMESPACE = 'medevac-system';

/** Values of the chart that have no values below them, by their path. */
function leaves(value: unknown, prefix = ''): string[] {
  const isLeaf = typeof value !== 'object' || value === null || Array.isArray(value);
  if (isLeaf || Object.keys(value).length === 0) return [prefix];
  return Object.entries(value).flatMap(([key, inner]) =>
    leaves(inner, prefix === '' ? key : `${prefix}.${key}`),
  );
}

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
}

function leavesOf({ properties }: Schema, prefix = ''): string[] {
  if (properties === undefined) return [prefix];
  return Object.entries(properties).flatMap(([name, inner]) =>
    leavesOf(inner, prefix === '' ? name : `${prefix}.${name}`),
  );
}

describeWhereThereIs('Helm', missingForHelm(), 'the values of the chart', () => {
  let controlPlane: ControlPlane;

  beforeAll(async () => {
    controlPlane = await startControlPlane();
    await apply([...foreignKinds(), ...['kubevirt', NAMESPACE].map(namespace)]);
  }, 120_000);
  afterAll(() => controlPlane.stop());

  function namespace(name: string) {
    return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
  }

  async function apply(items: readonly object[], ...flags: readonly string[]): Promise<string> {
    const input = { apiVersion: 'v1', kind: 'List', items };
    const { code, stderr } = await kubectl(controlPlane, ['apply', ...flags, '-f', '-'], { input });
    return code === 0 ? '' : stderr;
  }

  it('are each in the table below, where they change something', () => {
    const values = parse(readFileSync(join(CHART, 'values.yaml'), 'utf8')) as object;
    expect(CASES.map(({ path }) => path).toSorted()).toEqual(leaves(values).toSorted());
  });

  it('are all that the schema knows: none is kept from who reads values.yaml', () => {
    const values = parse(readFileSync(join(CHART, 'values.yaml'), 'utf8')) as object;
    const schema = JSON.parse(readFileSync(join(CHART, 'values.schema.json'), 'utf8')) as Schema;
    const shown = leaves(values);
    const isShown = (known: string) =>
      shown.some((path) => known === path || known.startsWith(`${path}.`) || path.startsWith(`${known}.`));
    // Helm's own.
    expect(leavesOf(schema).filter((path) => !isShown(path))).toEqual(['global']);
  });

  it('make, of themselves, Pods that may do little and go one by one', async () => {
    const { objects } = await template({});
    expect(field('Deployment', 'spec')(objects)).toMatchObject({
      replicas: 2,
      strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      template: {
        spec: {
          securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
          containers: [
            {
              securityContext: {
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ['ALL'] },
              },
              lifecycle: { preStop: { sleep: { seconds: 5 } } },
            },
          ],
          topologySpreadConstraints: [{ topologyKey: 'kubernetes.io/hostname', maxSkew: 1 }],
        },
      },
    });
    // Of the ServiceAccount none, but for the Pods that ask the API server.
    expect(field('ServiceAccount', 'automountServiceAccountToken')(objects)).toBe(false);
    expect(pod('automountServiceAccountToken')(objects)).toBe(true);
    expect(field('PodDisruptionBudget', 'spec/minAvailable')(objects)).toBe(1);
    expect(kinds('Secret')(objects)).toEqual([]);
  });

  it.each(CASES)(
    '$path: $does; the API server takes all that is rendered',
    async ({ path, value, with: others = {}, find, want }) => {
      const { stderr, objects } = await template(deepMerge(others, at(path.split('.'), value)));
      expect(stderr).toBe('');
      expect(find(objects)).toEqual(want);
      const before = await template(others);
      expect(find(before.objects)).not.toEqual(want);
      expect(await apply(objects, '--dry-run=server', '--validate=strict')).toBe('');
    },
    60_000,
  );

  describe('that are wrong', () => {
    it.each(REFUSED)('$name', async ({ values, want }) => {
      const { code, stderr } = await template(values);
      expect(code).toBe(1);
      expect(stderr).toContain(want);
    });
  });
});

function at([name = '', ...rest]: readonly string[], value: unknown): object {
  return { [name]: rest.length === 0 ? value : at(rest, value) };
}

function deepMerge(one: object, other: object): object {
  const result: Record<string, unknown> = { ...one };
  for (const [key, value] of Object.entries(other)) {
    const present = result[key];
    const both = isPlain(present) && isPlain(value);
    result[key] = both ? deepMerge(present, value) : value;
  }
  return result;
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
