import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CAPABILITY_LABEL, OVERRIDE_LABEL } from '../../../src/domain/node/roles.ts';
import { Transport } from '../../../src/kube/transport.ts';
import { startControlPlane, type ControlPlane } from '../../control-plane/control-plane.ts';
import { kubectl, type Printed } from '../../support/kubectl.ts';

const NODE = 'node-k';
/** As a kubelet is known to the API server: by this name and group NodeRestriction takes it for one. */
const KUBELET = `system:node:${NODE}`;
const GUARDED = [...Object.values(CAPABILITY_LABEL), ...Object.values(OVERRIDE_LABEL)];

let controlPlane: ControlPlane;
let kubelet: Transport;

beforeAll(async () => {
  controlPlane = await startControlPlane({ users: { [KUBELET]: ['system:nodes'] } });
  kubelet = new Transport(controlPlane.connection(KUBELET));
  // What the Node authorizer gives a kubelet elsewhere: RBAC alone would let it do all that is asked here.
  await as('admin', [
    'create',
    'clusterrolebinding',
    'kubelets',
    '--clusterrole=system:node',
    '--group=system:nodes',
  ]);
}, 60_000);
afterAll(async () => {
  await kubelet.close();
  await controlPlane.stop();
});

function as(user: string, args: readonly string[], input?: unknown): Promise<Printed> {
  return kubectl(controlPlane, args, { user, input });
}

function nodeWith(labels: Readonly<Record<string, string>>) {
  return { apiVersion: 'v1', kind: 'Node', metadata: { name: NODE, labels } };
}

const register = (labels: Readonly<Record<string, string>>) =>
  as(KUBELET, ['create', '-f', '-'], nodeWith(labels));

async function labelsOf(): Promise<Record<string, string>> {
  const { stdout } = await as('admin', ['get', 'node', NODE, '-o', 'jsonpath={.metadata.labels}']);
  return stdout === '' ? {} : (JSON.parse(stdout) as Record<string, string>);
}

const NOT_SET = `nodes "${NODE}" is forbidden: node "${NODE}" is not allowed to set the following labels: `;
const NOT_MODIFIED = `nodes "${NODE}" is forbidden: is not allowed to modify labels: `;

const refused = (message: string) => ({
  code: 1,
  stdout: '',
  stderr: `Error from server (Forbidden): ${message}\n`,
});
const refusedToCreate = (message: string) => refused(`error when creating "STDIN": ${message}`);

describe('a kubelet that registers its Node', () => {
  it.each(GUARDED)('may not bring %s', async (label) => {
    expect(await register({ [label]: 'true' })).toEqual(refusedToCreate(NOT_SET + label));
    expect(await as('admin', ['get', 'node', NODE])).toMatchObject({ code: 1 });
  });

  it('may bring a label that nobody guards', async () => {
    expect(await register({ 'example.com/rack': 'r1' })).toMatchObject({ code: 0 });
    expect(await labelsOf()).toEqual({ 'example.com/rack': 'r1' });
  });
});

describe('a kubelet whose Node is there', () => {
  it.each(GUARDED)('may not set %s', async (label) => {
    const before = await labelsOf();
    expect(await as(KUBELET, ['label', 'node', NODE, `${label}=true`])).toEqual(
      refused(NOT_MODIFIED + label),
    );
    expect(await labelsOf()).toEqual(before);
  });

  it.each(GUARDED)('may not set %s along with its status', async (label) => {
    // kubectl reads the status first, which a kubelet may not.
    const patched = kubelet.request({
      method: 'PATCH',
      path: `/api/v1/nodes/${NODE}/status`,
      body: { metadata: { labels: { [label]: 'true' } } },
      contentType: 'application/merge-patch+json',
    });
    await expect(patched).rejects.toMatchObject({ code: 403, message: NOT_MODIFIED + label });
    expect(await labelsOf()).not.toHaveProperty([label]);
  });

  it('may not take away what an admin has said of it', async () => {
    const label = OVERRIDE_LABEL.source;
    await as('admin', ['label', 'node', NODE, `${label}=false`]);
    expect(await as(KUBELET, ['label', 'node', NODE, `${label}-`])).toEqual(refused(NOT_MODIFIED + label));
    expect(await as(KUBELET, ['label', '--overwrite', 'node', NODE, `${label}=true`])).toEqual(
      refused(NOT_MODIFIED + label),
    );
    expect(await labelsOf()).toMatchObject({ [label]: 'false' });
  });

  it('may set a label that nobody guards', async () => {
    expect(await as(KUBELET, ['label', 'node', NODE, 'example.com/zone=z1'])).toMatchObject({ code: 0 });
    expect(await labelsOf()).toMatchObject({ 'example.com/zone': 'z1' });
  });

  it('may not make its Node anew with them, when an admin has deleted it', async () => {
    await as('admin', ['delete', 'node', NODE]);
    const labels = Object.fromEntries(GUARDED.map((label) => [label, 'true']));
    expect(await register(labels)).toEqual(refusedToCreate(NOT_SET + GUARDED.toSorted().join(', ')));
    expect(await register({})).toMatchObject({ code: 0 });
    expect(await labelsOf()).toEqual({});
  });

  it('may not delete it itself', async () => {
    const denied = `nodes "${NODE}" is forbidden: User "${KUBELET}" cannot delete resource "nodes" in API group "" at the cluster scope`;
    expect(await as(KUBELET, ['delete', 'node', NODE])).toEqual(refused(denied));
  });
});
