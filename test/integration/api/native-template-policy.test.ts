import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { anInstance, aTemplatedInstance } from '../../builders/instance.ts';
import {
  startInstalledControlPlane,
  type InstalledControlPlane,
} from '../../support/installed-control-plane.ts';
import { kubectl } from '../../support/kubectl.ts';
import { waitFor } from '../../support/wait.ts';

const TEMPLATED = { ...aTemplatedInstance(), metadata: { name: 'templated', namespace: 'default' } };
const WANT = 'spec.kubevirt may only be set by who may create virtualmachines.kubevirt.io in this namespace';

let installed: InstalledControlPlane;

beforeAll(async () => {
  installed = await startInstalledControlPlane({ users: { editor: [], owner: [] } });
  await as('admin', [
    'create',
    'rolebinding',
    'edit',
    '--clusterrole=medevac:edit',
    '--user=editor',
    '--user=owner',
  ]);
  await as('admin', ['apply', '-f', '-'], {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: { name: 'vms', namespace: 'default' },
    rules: [{ apiGroups: ['kubevirt.io'], resources: ['virtualmachines'], verbs: ['create'] }],
  });
  await as('admin', ['create', 'rolebinding', 'vms', '--role=vms', '--user=owner']);
  await waitFor('the API server holds the policy', async () => {
    const { code } = await as('editor', ['create', '--dry-run=server', '-f', '-'], TEMPLATED);
    return code !== 0;
  });
}, 60_000);
afterAll(() => installed.stop());

function as(user: string, args: readonly string[], input?: unknown) {
  return kubectl(installed.controlPlane, args, { user, input });
}

describe('a native template', () => {
  it('is refused from one who may not create VirtualMachines there', async () => {
    const { code, stderr } = await as('editor', ['create', '-f', '-'], TEMPLATED);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(WANT) as unknown });
    expect(stderr).toContain('Error from server (Forbidden)');
  });

  it('is accepted from one who may', async () => {
    expect(await as('owner', ['create', '-f', '-'], TEMPLATED)).toMatchObject({ code: 0 });
  });

  it('may then be stopped by anybody who may edit, but not be changed', async () => {
    const patch = (spec: object) =>
      as('editor', ['patch', 'inst', 'templated', '--type=merge', '-p', JSON.stringify({ spec })]);
    expect(await patch({ powerState: 'Stopped' })).toMatchObject({ code: 0 });
    expect(await patch({ kubevirt: { template: { spec: { hostname: 'other' } } } })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(WANT) as unknown,
    });
  });

  it('is all that the policy looks at', async () => {
    expect(await as('editor', ['create', '-f', '-'], anInstance())).toMatchObject({ code: 0 });
  });
});
