import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { GROUP, VERSIONS } from '../../../src/api/names.ts';
import { customResourceDefinitions, KINDS } from '../../../scripts/generate/crds.ts';
import { withFields } from '../../builders/fields.ts';
import { anInstance } from '../../builders/instance.ts';
import { aLiveMigration } from '../../builders/live-migration.ts';
import {
  startInstalledControlPlane,
  type InstalledControlPlane,
} from '../../support/installed-control-plane.ts';
import { install } from '../../support/install.ts';
import { kubectl } from '../../support/kubectl.ts';
import { waitFor } from '../../support/wait.ts';

let installed: InstalledControlPlane;

beforeAll(async () => {
  installed = await startInstalledControlPlane();
  await run(['apply', '-f', '-'], anInstance());
  await run(['apply', '-f', '-'], aLiveMigration());
}, 60_000);
afterAll(() => installed.stop());

/** Runs kubectl, which must succeed; returns what it printed. */
async function run(args: readonly string[], input?: unknown): Promise<string> {
  const { code, stdout, stderr } = await kubectl(installed.controlPlane, args, { input });
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
  return stdout;
}

async function get<T>(resource: string): Promise<T> {
  return JSON.parse(await run(['get', resource, '-o', 'json'])) as T;
}

/** The cells of a table, which kubectl sets two or more blanks apart. */
async function table(args: readonly string[]): Promise<string[][]> {
  const lines = (await run(args)).trimEnd().split('\n');
  return lines.map((line) => line.trim().split(/ {2,}/));
}

const condition = (type: string, status: string, reason: string) => ({
  type,
  status,
  reason,
  message: '',
  lastTransitionTime: '2026-01-01T00:00:00Z',
});

const rescuedStatus = {
  observedGeneration: 1,
  state: 'Rescued',
  node: 'node-a',
  resolved: { driver: 'kubevirt', identity: { firmwareUUID: 'u', serial: 's', macAddresses: {} } },
  conditions: [
    condition('Ready', 'True', 'Rescued'),
    condition('Rescued', 'True', 'Booted'),
    condition('Migrating', 'False', 'NoMigration'),
  ],
};

const movingStatus = {
  observedGeneration: 1,
  phase: 'Running',
  source: { node: 'node-a' },
  destination: { node: 'node-b' },
  progress: { percent: 42, observedTime: '2026-01-01T00:00:00Z' },
};

describe('an object that the operator has not seen', () => {
  it.each([
    { resource: 'inst/web-1', status: { observedGeneration: -1 } },
    { resource: 'lm/web-1-away', status: { observedGeneration: -1, phase: 'Queued' } },
  ])('$resource never counts as ready: its status is $status', async ({ resource, status }) => {
    expect(await get(resource)).toMatchObject({ metadata: { generation: 1 }, status });
  });
});

describe('the versions', () => {
  it('are all served, preferring the one that is stored', async () => {
    const path = `/apis/${GROUP}`;
    const group = await installed.transport().request({ method: 'GET', path });
    expect(group).toMatchObject({
      versions: [{ version: 'v1beta1' }, { version: 'v1alpha1' }],
      preferredVersion: { version: 'v1beta1' },
    });
  });

  it.each(KINDS)('give $kind one schema', async ({ plural }) => {
    const crd = await get<{ spec: { versions: { name: string; schema: unknown }[] } }>(
      `crd/${plural}.${GROUP}`,
    );
    const [first, second] = crd.spec.versions;
    expect(first?.schema).toEqual(second?.schema);
    expect(crd.spec.versions.map(({ name }) => name).toSorted()).toEqual(VERSIONS.toSorted());
  });

  it('show an object made through one of them in the other', async () => {
    const old = await get<{ spec: unknown }>('instances.v1alpha1.compute.medevac.dev/web-1');
    const stored = await get<{ spec: unknown }>('instances.v1beta1.compute.medevac.dev/web-1');
    expect(old).toMatchObject({ apiVersion: `${GROUP}/v1alpha1`, spec: stored.spec });
  });
});

describe('a status', () => {
  const owned = anInstance({ name: 'owned' });
  const write = ['patch', 'inst/owned', '--subresource=status', '--type=merge', '-p'];

  /** Who owns what of the status. */
  async function owners(): Promise<unknown> {
    const { metadata } = JSON.parse(
      await run(['get', 'inst/owned', '-o', 'json', '--show-managed-fields']),
    ) as { metadata: { managedFields: { subresource?: string; fieldsV1: unknown }[] } };
    return metadata.managedFields
      .filter(({ subresource }) => subresource === 'status')
      .map(({ fieldsV1 }) => fieldsV1);
  }

  afterEach(() => run(['delete', 'inst/owned']));

  it('is owned whole, so that the record of who owns what stays small', async () => {
    await run(['apply', '-f', '-'], owned);
    await run([...write, JSON.stringify({ status: rescuedStatus })]);
    expect(await owners()).toEqual([{ 'f:status': {} }]);
  });

  it('has one author: whoever applies a condition of their own is told of a conflict', async () => {
    await run(['apply', '-f', '-'], owned);
    await run([...write, JSON.stringify({ status: rescuedStatus })]);
    const status = { observedGeneration: 1, conditions: [condition('Audited', 'True', 'Seen')] };
    const args = ['apply', '--server-side', '--subresource=status', '--field-manager=auditor', '-f', '-'];
    const { code, stderr } = await kubectl(installed.controlPlane, args, { input: { ...owned, status } });
    expect({ code, conflict: stderr.includes('conflict') }).toEqual({ code: 1, conflict: true });
  });

  it('that was owned field by field, before an upgrade of the CRDs, is owned whole with its next write', async () => {
    await install(installed.transport(), customResourceDefinitions().map(ownedFieldByField));
    await run(['apply', '-f', '-'], owned);
    await waitFor('it is owned field by field', async () => 'f:node' in (await ownedOnceWritten()));
    await install(installed.transport(), customResourceDefinitions());
    const whole = async () => Object.keys(await ownedOnceWritten()).length === 0;
    expect(await waitFor('it is owned whole', whole)).toBe(true);
  });

  /** What of the status its writer owns after another write: a CRD is in force a moment after it was stored. */
  async function ownedOnceWritten(): Promise<object> {
    const node = `node-${randomUUID()}`;
    await run([...write, JSON.stringify({ status: { ...rescuedStatus, node } })]);
    const [owner] = (await owners()) as { 'f:status': object }[];
    if (owner === undefined) throw new Error('nobody owns the status');
    return owner['f:status'];
  }
});

/** A CRD as it was before its status had one owner. */
function ownedFieldByField<T>(definition: T): T {
  const kept = (key: string, value: unknown) => (key === 'x-kubernetes-map-type' ? undefined : value);
  return JSON.parse(JSON.stringify(definition, kept)) as T;
}

describe('kubectl get', () => {
  beforeAll(async () => {
    const patches = { 'inst/web-1': rescuedStatus, 'lm/web-1-away': movingStatus };
    for (const [resource, status] of Object.entries(patches)) {
      const patch = JSON.stringify({ status });
      await run(['patch', resource, '--subresource=status', '--type=merge', '-p', patch]);
    }
  });

  it('shows of an Instance what its user asks first', async () => {
    expect(await table(['get', 'inst', '-A'])).toEqual([
      ['NAMESPACE', 'NAME', 'STATE', 'NODE', 'RESCUED', 'MIGRATING', 'READY', 'AGE'],
      ['default', 'web-1', 'Rescued', 'node-a', 'True', 'False', 'True', expect.stringMatching(/^\d+[ms]/)],
    ]);
  });

  it('shows driver and reason as well with -o wide', async () => {
    const [head, row] = await table(['get', 'inst', '-A', '-o', 'wide']);
    expect(head?.slice(-2)).toEqual(['DRIVER', 'REASON']);
    expect(row?.slice(-2)).toEqual(['kubevirt', 'Rescued']);
  });

  it('shows of a LiveMigration where it goes and how far it is', async () => {
    expect(await table(['get', 'lm'])).toEqual([
      ['NAME', 'INSTANCE', 'SOURCE', 'DESTINATION', 'PHASE', 'PROGRESS', 'AGE'],
      ['web-1-away', 'web-1', 'node-a', 'node-b', 'Running', '42', expect.stringMatching(/^\d+[ms]/)],
    ]);
  });

  it('knows the category medevac', async () => {
    const names = await run(['get', 'medevac', '-o', 'name']);
    expect(names.trim().split('\n')).toEqual([
      `instance.${GROUP}/web-1`,
      `livemigration.${GROUP}/web-1-away`,
    ]);
  });

  it.each([
    { kind: 'inst', selector: 'status.node=node-a', want: 'web-1' },
    { kind: 'inst', selector: 'status.node=node-b', want: '' },
    { kind: 'inst', selector: 'status.state=Rescued', want: 'web-1' },
    { kind: 'lm', selector: 'spec.instanceName=web-1', want: 'web-1-away' },
    { kind: 'lm', selector: 'status.phase=Queued', want: '' },
  ])('selects $kind by $selector', async ({ kind, selector, want }) => {
    const args = ['get', kind, '--field-selector', selector, '-o', 'jsonpath={.items[*].metadata.name}'];
    expect(await run(args)).toBe(want);
  });
});

describe('a write of the status', () => {
  it('leaves the spec and its generation alone, whatever it says of them', async () => {
    const patch = JSON.stringify({ spec: { powerState: 'Stopped' }, status: { node: 'node-b' } });
    await run(['patch', 'inst/web-1', '--subresource=status', '--type=merge', '-p', patch]);
    expect(await get('inst/web-1')).toMatchObject({
      metadata: { generation: 1 },
      spec: { powerState: 'Running' },
      status: { node: 'node-b' },
    });
  });
});

describe('kubectl explain', () => {
  it.each([
    { field: 'inst', want: ['VERSION:    v1beta1', 'A virtual machine that can be rescued'] },
    {
      field: 'inst.spec.rescue',
      want: [
        'Present: the VM is booted from this rescue system',
        'in hours, minutes and seconds',
        'Default: Keep.',
      ],
    },
    { field: 'inst.spec.memory', want: ["The guest's memory in bytes"] },
    {
      field: 'inst.spec.identity.firmwareUUID',
      want: ["Default: the adopted VM's, else the Instance's uid."],
    },
    { field: 'lm.spec.policy.bandwidth', want: ['in bytes per second'] },
    { field: 'lm.status.downtimeMilliseconds', want: ['in milliseconds'] },
  ])('describes $field', async ({ field, want }) => {
    const text = (await run(['explain', field])).replaceAll(/\s+/g, ' ');
    expect(want.filter((part) => !text.includes(part.replaceAll(/\s+/g, ' ')))).toEqual([]);
  });

  it('lists the fields of a rescue with their choices and what is required', async () => {
    const text = await run(['explain', 'inst.spec.rescue', '--recursive']);
    expect(text).toMatch(/Present: the VM is booted/);
    expect(text).toMatch(/onExpiry\s+<string>\s+enum: Unrescue, Stop, Keep/);
    expect(text).toMatch(/claimName\s+<string> -required-/);
  });
});

describe('kubectl apply', () => {
  it.each([
    { typo: 'spec.rescu', value: { source: {} } },
    { typo: 'spec.disks[0].source.pvc', value: { claimName: 'web-1-root' } },
    { typo: 'spec.cpu.core', value: 2 },
    { typo: 'status.stat', value: 'Running' },
  ])('refuses a field that there is not: $typo', async ({ typo, value }) => {
    const object = withFields(anInstance({ name: 'typo' }), { [typo]: value });
    const { code, stderr } = await kubectl(installed.controlPlane, ['apply', '-f', '-'], { input: object });
    expect(code).toBe(1);
    expect(stderr).toContain(`strict decoding error: unknown field "${typo}"`);
  });

  it('names the field, and says what is allowed', async () => {
    const object = anInstance({ name: 'units', spec: { memory: '4GB' } });
    const { code, stderr } = await kubectl(installed.controlPlane, ['apply', '-f', '-'], { input: object });
    expect(code).toBe(1);
    expect(stderr).toMatch(/The Instance "units" is invalid:[\s\S]*spec\.memory: Invalid value: "4GB"/);
  });
});
