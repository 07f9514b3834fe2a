import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { startControlPlane, type ControlPlane } from '../../control-plane/control-plane.ts';
import { probe } from '../../control-plane/probe.ts';
import { serviceAccountGroups } from '../../control-plane/users.ts';
import { isAlive } from '../../support/processes.ts';
import { waitFor } from '../../support/wait.ts';

const START_TIMEOUT_MS = 120_000;
const OPERATOR = 'system:serviceaccount:medevac-system:operator';

let controlPlane: ControlPlane;

beforeAll(async () => {
  controlPlane = await startControlPlane({
    users: { alice: ['developers'], [OPERATOR]: serviceAccountGroups('medevac-system') },
    garbageCollector: true,
  });
}, START_TIMEOUT_MS);

afterAll(() => controlPlane.stop());

async function kubectl(user: string, ...args: string[]): Promise<string> {
  const kubeconfig = await controlPlane.kubeconfig(user);
  return (
    await promisify(execFile)(controlPlane.kubectl, ['--kubeconfig', kubeconfig, ...args])
  ).stdout.trim();
}

interface Answer {
  code: number;
  body: { reason?: string; metadata: { name: string; uid: string; resourceVersion: string } };
}

async function request(path: string, options: { user?: string; body?: unknown } = {}): Promise<Answer> {
  const { user = 'admin', body } = options;
  const { url, ca } = controlPlane;
  const method = body === undefined ? 'GET' : 'POST';
  const { code, text } = await probe({ url: url + path, ca, token: controlPlane.token(user), method, body });
  return { code, body: JSON.parse(text) as Answer['body'] };
}

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';

async function createConfigMap(name: string, metadata: object = {}): Promise<Answer['body']['metadata']> {
  const { code, body } = await request(CONFIG_MAPS, { body: { metadata: { name, ...metadata } } });
  expect(code).toBe(201);
  return body.metadata;
}

describe('a control plane', () => {
  it('is a Kubernetes whose version kubectl can compare with its own', async () => {
    const version = JSON.parse(await kubectl('admin', 'version', '-o', 'json')) as {
      serverVersion: { gitVersion: string };
    };

    expect(version.serverVersion.gitVersion).toMatch(/^v1\.\d+\.\d+/);
  });

  it('lets a user do what a role says, and nothing else', async () => {
    const readPods = ['-n', 'default', '--resource', 'pods', '--verb', 'list'];
    await kubectl('admin', 'create', 'role', 'pod-reader', ...readPods);
    await kubectl(
      'admin',
      'create',
      'rolebinding',
      'alice',
      '-n',
      'default',
      '--role=pod-reader',
      '--user=alice',
    );

    await waitFor('the role is seen', async () => {
      return (await request('/api/v1/namespaces/default/pods', { user: 'alice' })).code === 200;
    });
    const refused = await request('/api/v1/namespaces/default/secrets', { user: 'alice' });

    expect(refused).toMatchObject({ code: 403, body: { reason: 'Forbidden' } });
  });

  it.each([
    { user: 'alice', groups: ['developers', 'system:authenticated'] },
    { user: OPERATOR, groups: serviceAccountGroups('medevac-system') },
  ])('knows $user with its groups', async ({ user, groups }) => {
    const review = JSON.parse(await kubectl(user, 'auth', 'whoami', '-o', 'json')) as {
      status: { userInfo: { username: string; groups: string[] } };
    };

    expect(review.status.userInfo.username).toBe(user);
    expect([...review.status.userInfo.groups].sort()).toEqual([...groups].sort());
  });

  it('issues tokens for ServiceAccounts', async () => {
    await kubectl('admin', 'create', 'serviceaccount', 'robot');

    const token = await kubectl('admin', 'create', 'token', 'robot');
    const { url, ca } = controlPlane;
    const answer = await probe({ url: `${url}${CONFIG_MAPS}`, ca, token });

    expect(answer.code).toBe(403);
    expect(answer.text).toContain('system:serviceaccount:default:robot');
  });

  it('has a request in the audit log as soon as it is answered, and only once', async () => {
    await request(`${CONFIG_MAPS}/absent`, { user: OPERATOR });

    const mine = (await controlPlane.auditLog()).filter(({ objectRef }) => objectRef?.name === 'absent');

    expect(mine).toEqual([
      expect.objectContaining({
        stage: 'ResponseComplete',
        verb: 'get',
        user: expect.objectContaining({ username: OPERATOR }),
        requestURI: `${CONFIG_MAPS}/absent`,
        responseStatus: expect.objectContaining({ code: 403 }),
      }),
    ]);
  });

  it('keeps probes and discovery out of the audit log', async () => {
    await request('/apis');

    const uris = (await controlPlane.auditLog()).map(({ requestURI }) => requestURI);

    expect(uris.filter((uri) => /^\/(apis?$|readyz|openapi)/.test(uri))).toEqual([]);
  });

  it('collects what an owner leaves behind', async () => {
    const owner = await createConfigMap('owner');
    const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: owner.uid }];
    await createConfigMap('dependent', { ownerReferences });

    await kubectl('admin', 'delete', 'configmap', 'owner');

    const isGone = async () => (await request(`${CONFIG_MAPS}/dependent`)).code === 404;
    expect(await waitFor('the dependent is gone', isGone, { timeoutMs: 30_000 })).toBe(true);
  }, 60_000);

  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'keeps objects, users and address when its API server is ended by %s',
    async (signal) => {
      const before = await createConfigMap(`kept-${signal.toLowerCase()}`);
      const pid = controlPlane.pids()['kube-apiserver'];

      await controlPlane.restartApiServer(signal);

      const after = await request(`${CONFIG_MAPS}/${before.name}`, { user: 'admin' });
      expect(after).toMatchObject({ code: 200, body: { metadata: { uid: before.uid } } });
      expect(controlPlane.pids()['kube-apiserver']).not.toBe(pid);
    },
    START_TIMEOUT_MS,
  );

  it(
    'answers 410 to a watch from before a compaction, once the API server has lost its cache',
    async () => {
      const { resourceVersion } = await createConfigMap('old');
      await createConfigMap('newer');

      await controlPlane.compact();
      await controlPlane.restartApiServer('SIGKILL');

      const path = `${CONFIG_MAPS}?watch=true&timeoutSeconds=5&resourceVersion=${resourceVersion}`;
      const { url, ca } = controlPlane;
      const { text } = await probe({ url: url + path, ca, token: controlPlane.token('admin') });
      expect(text).toMatch(/"reason":"(Expired|Gone)".*"code":410/);
    },
    START_TIMEOUT_MS,
  );
});

describe('two control planes side by side', () => {
  it(
    'know nothing of each other, and the end of one leaves the other alone',
    async () => {
      const other = await startControlPlane();
      const { folder } = other;
      const pids = Object.values(other.pids());
      try {
        await createConfigMap('only-here');

        const path = `${other.url}${CONFIG_MAPS}/only-here`;
        const there = await probe({ url: path, ca: other.ca, token: other.token('admin') });
        const foreign = await probe({ url: path, ca: other.ca, token: controlPlane.token('admin') });

        expect(there.code).toBe(404);
        expect(foreign.code).toBe(401);
      } finally {
        await other.stop();
      }

      expect(pids.filter(isAlive)).toEqual([]);
      expect(existsSync(folder)).toBe(false);
      expect((await request(`${CONFIG_MAPS}/only-here`)).code).toBe(200);
    },
    START_TIMEOUT_MS,
  );
});
