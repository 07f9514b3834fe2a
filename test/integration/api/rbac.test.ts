import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { USER_ROLES, type PolicyRule } from '../../../scripts/generate/rbac.ts';
import type { KubeObject } from '../../../src/kube/resource.ts';
import { anInstance } from '../../builders/instance.ts';
import {
  OPERATOR_NAMESPACE,
  OPERATOR_USER,
  startInstalledControlPlane,
  type InstalledControlPlane,
} from '../../support/installed-control-plane.ts';
import { waitFor } from '../../support/wait.ts';

let installed: InstalledControlPlane;
const INSTANCES = '/apis/compute.medevac.dev/v1beta1/namespaces/default/instances';

beforeAll(async () => {
  const users = Object.fromEntries(USER_ROLES.map(({ name }) => [userOf(name), []]));
  installed = await startInstalledControlPlane({ users });
  await Promise.all(USER_ROLES.map(({ name }) => bind(name)));
  await installed.transport().request({ method: 'POST', path: INSTANCES, body: anInstance() });
  await inForce(installed, OPERATOR_USER, { verb: 'patch', resource: 'nodes' });
  for (const { name, rules } of USER_ROLES) await inForce(installed, userOf(name), firstOf(rules));
}, 60_000);
afterAll(() => installed.stop());

/** A person who has one of our roles in the namespace default, and nothing else. */
function userOf(role: string): string {
  return `user-of-${role}`;
}

function bind(role: string): Promise<unknown> {
  const path = '/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings';
  const body = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: role.replace(':', '-') },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: userOf(role) }],
  };
  return installed.transport().request({ method: 'POST', path, body });
}

interface Ask {
  readonly verb: string;
  readonly group?: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
}

async function may(where: InstalledControlPlane, user: string, resourceAttributes: Ask): Promise<boolean> {
  const { status } = await where.transport(user).request<{ status: { allowed: boolean } }>({
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes },
    },
  });
  return status.allowed;
}

function firstOf([rule]: readonly PolicyRule[]): Ask {
  const [verb = ''] = rule?.verbs ?? [];
  const [resource = '', subresource] = rule?.resources[0]?.split('/') ?? [];
  return { ...ours, verb, resource, ...(subresource !== undefined && { subresource }) };
}

/** The API server learns of a role that it has stored a moment later. */
async function inForce(where: InstalledControlPlane, user: string, right: Ask): Promise<void> {
  await waitFor(`${user} may ${phrase(right)}`, () => may(where, user, right));
}

/** For titles: `patch instances/status in default`. */
function phrase({ verb, resource, subresource, name, namespace }: Ask): string {
  const target = [resource, subresource].filter(Boolean).join('/');
  return [verb, target, name, namespace && `in ${namespace}`].filter(Boolean).join(' ');
}

const titled = <T extends Ask & { want: boolean }>(asks: readonly T[]) =>
  asks.map((ask) => ({ ...ask, title: `${ask.want ? 'may' : 'may not'} ${phrase(ask)}` }));

const ours = { group: 'compute.medevac.dev', namespace: 'default' };
const secrets = { resource: 'secrets', namespace: OPERATOR_NAMESPACE };
const webhooks = {
  group: 'admissionregistration.k8s.io',
  resource: 'validatingwebhookconfigurations',
};

describe("the operator's ServiceAccount", () => {
  it.each(
    titled<Ask & { want: boolean }>([
      { verb: 'watch', ...ours, resource: 'instances', want: true },
      { verb: 'get', ...ours, resource: 'livemigrations', want: true },
      { verb: 'update', ...ours, resource: 'instances', subresource: 'status', want: true },
      { verb: 'update', ...ours, resource: 'livemigrations', subresource: 'status', want: true },
      { verb: 'patch', ...ours, resource: 'livemigrations', subresource: 'status', want: false },
      { verb: 'patch', ...ours, resource: 'instances', subresource: 'status', want: true },
      { verb: 'patch', ...ours, resource: 'instances', want: false },
      // Those of drains.
      { verb: 'create', ...ours, resource: 'livemigrations', want: true },
      { verb: 'patch', ...ours, resource: 'livemigrations', want: true },
      { verb: 'delete', ...ours, resource: 'livemigrations', want: true },
      { verb: 'update', ...ours, resource: 'livemigrations', want: false },
      { verb: 'create', group: 'kubevirt.io', resource: 'virtualmachines', want: true },
      {
        verb: 'update',
        group: 'subresources.kubevirt.io',
        resource: 'virtualmachines',
        subresource: 'restart',
        want: true,
      },
      { verb: 'patch', resource: 'nodes', want: true },
      { verb: 'patch', resource: 'nodes', subresource: 'status', want: false },
      { verb: 'delete', resource: 'nodes', want: false },
      { verb: 'list', resource: 'pods', namespace: 'kubevirt', want: true },
      { verb: 'list', resource: 'pods', namespace: 'default', want: false },
      {
        verb: 'create',
        group: 'coordination.k8s.io',
        resource: 'leases',
        namespace: OPERATOR_NAMESPACE,
        want: true,
      },
      { verb: 'create', group: 'coordination.k8s.io', resource: 'leases', namespace: 'default', want: false },
      { verb: 'watch', ...secrets, name: 'medevac-webhook-certificate', want: true },
      { verb: 'watch', ...secrets, name: 'somebody-elses', want: false },
      { verb: 'list', ...secrets, want: false },
      {
        verb: 'watch',
        resource: 'secrets',
        namespace: 'default',
        name: 'medevac-webhook-certificate',
        want: false,
      },
      { verb: 'patch', ...webhooks, name: 'medevac', want: true },
      { verb: 'patch', ...webhooks, name: 'somebody-elses', want: false },
      { verb: 'delete', ...webhooks, name: 'medevac', want: false },
    ]),
  )('$title', async ({ want, title: _, ...ask }) => {
    expect(await may(installed, OPERATOR_USER, ask)).toBe(want);
  });

  it('writes a status with it, and is refused the spec', async () => {
    const operator = installed.transport(OPERATOR_USER);
    const contentType = 'application/json-patch+json';
    const status = { observedGeneration: 1, state: 'Pending' };
    const path = `${INSTANCES}/web-1`;
    const stored = await operator.request<KubeObject>({ method: 'GET', path });
    const body = { ...stored, status };
    expect(await operator.request({ method: 'PUT', path: `${path}/status`, body })).toMatchObject({
      status,
    });
    const change = [{ op: 'replace', path: '/spec/powerState', value: 'Stopped' }];
    await expect(
      operator.request({ method: 'PATCH', path, contentType, body: change }),
    ).rejects.toMatchObject({ code: 403, reason: 'Forbidden' });
  });
});

describe("the operator's ServiceAccount, where Kubernetes places VMs", () => {
  let placing: InstalledControlPlane;

  beforeAll(async () => {
    placing = await startInstalledControlPlane({ placement: 'ByScheduler', scheduler: false });
    await inForce(placing, OPERATOR_USER, { verb: 'create', resource: 'pods', namespace: 'default' });
  }, 60_000);
  afterAll(() => placing.stop());

  it.each(
    titled<Ask & { want: boolean }>([
      { verb: 'create', resource: 'pods', namespace: 'default', want: true },
      { verb: 'delete', resource: 'pods', namespace: 'default', want: true },
      { verb: 'patch', resource: 'pods', namespace: 'default', want: false },
      { verb: 'create', resource: 'pods', subresource: 'exec', namespace: 'default', want: false },
      { verb: 'create', group: 'policy', resource: 'poddisruptionbudgets', namespace: 'default', want: true },
      { verb: 'patch', ...ours, resource: 'instances', want: true },
      { verb: 'delete', ...ours, resource: 'instances', want: false },
      { verb: 'get', resource: 'secrets', namespace: 'default', want: false },
    ]),
  )('$title', async ({ want, title: _, ...ask }) => {
    expect(await may(placing, OPERATOR_USER, ask)).toBe(want);
  });
});

describe('a person with the role', () => {
  it.each(
    titled([
      { role: 'medevac:view', verb: 'list', resource: 'livemigrations', want: true },
      { role: 'medevac:view', verb: 'create', resource: 'instances', want: false },
      { role: 'medevac:edit', verb: 'patch', resource: 'instances', want: true },
      { role: 'medevac:edit', verb: 'patch', resource: 'instances', subresource: 'status', want: false },
      { role: 'medevac:edit', verb: 'create', resource: 'livemigrations', want: false },
      { role: 'medevac:migrate', verb: 'create', resource: 'livemigrations', want: true },
      { role: 'medevac:rescue', verb: 'create', resource: 'instances', subresource: 'rescue', want: true },
      { role: 'medevac:rescue', verb: 'patch', resource: 'instances', want: false },
      { role: 'medevac:edit', verb: 'create', resource: 'instances', subresource: 'rescue', want: false },
      { role: 'medevac:edit', verb: 'update', resource: 'instances', subresource: 'status', want: false },
      {
        role: 'medevac:migrate',
        verb: 'patch',
        resource: 'livemigrations',
        subresource: 'status',
        want: false,
      },
      { role: 'medevac:migrate', verb: 'delete', resource: 'livemigrations', want: true },
      { role: 'medevac:migrate', verb: 'patch', resource: 'instances', want: false },
    ]),
  )('$role $title', async ({ role, want, title: _, ...ask }) => {
    expect(await may(installed, userOf(role), { ...ours, ...ask })).toBe(want);
  });
});
