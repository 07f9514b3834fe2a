import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { loadConnection } from '../../../src/kube/kubeconfig.ts';
import { contextNames, readKubeconfig } from '../../../src/kube/kubeconfig-file.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'medevac-kubeconfig-'));
});

afterEach(() => rm(folder, { recursive: true }));

async function write(name: string, config: object): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, stringify(config));
  return path;
}

const cluster = (name: string, server: string) => ({ name, cluster: { server } });
const context = (name: string, of: string, namespace?: string) => ({
  name,
  context: { cluster: of, user: 'u', ...(namespace !== undefined && { namespace }) },
});

describe('kubeconfig files', () => {
  it('are merged as kubectl merges them: who comes first has said it', async () => {
    const first = await write('one', {
      'current-context': 'a',
      clusters: [cluster('c', 'https://one')],
      contexts: [context('a', 'c', 'team-a')],
    });
    const second = await write('two', {
      'current-context': 'b',
      clusters: [cluster('c', 'https://two'), cluster('d', 'https://three')],
      contexts: [context('a', 'd'), context('b', 'd')],
      users: [{ name: 'u', user: { token: 'abc' } }],
    });
    const paths = [first, join(folder, 'missing'), second];
    expect(await readKubeconfig(paths, undefined)).toMatchObject({
      context: 'a',
      namespace: 'team-a',
      cluster: { server: 'https://one' },
      user: { token: 'abc' },
    });
    expect(await readKubeconfig(paths, 'b')).toMatchObject({
      namespace: 'default',
      cluster: { server: 'https://three' },
    });
    expect(await contextNames(paths)).toEqual(['a', 'a', 'b']);
    const connection = await loadConnection({ kubeconfig: paths.join(delimiter) });
    expect([connection.server, connection.namespace]).toEqual(['https://one', 'team-a']);
  });

  it('name files beside themselves', async () => {
    await writeFile(join(folder, 'ca.crt'), 'CA');
    await writeFile(join(folder, 'token'), 'abc\n');
    const kubeconfig = await write('config', {
      'current-context': 'a',
      clusters: [{ name: 'c', cluster: { server: 'https://one', 'certificate-authority': 'ca.crt' } }],
      contexts: [context('a', 'c')],
      users: [{ name: 'u', user: { tokenFile: 'token' } }],
    });
    const connection = await loadConnection({ kubeconfig });
    expect([connection.ca, await connection.authorization?.()]).toEqual(['CA', 'Bearer abc']);
  });

  it('say whom to act as, unless something else is asked for', async () => {
    const kubeconfig = await write('config', {
      'current-context': 'a',
      clusters: [cluster('c', 'https://one')],
      contexts: [context('a', 'c')],
      users: [{ name: 'u', user: { username: 'me', password: 'p', as: 'bob', 'as-groups': ['dev'] } }],
    });
    const connection = await loadConnection({ kubeconfig });
    expect(connection.impersonate).toEqual({ user: 'bob', uid: undefined, groups: ['dev'] });
    expect(await connection.authorization?.()).toBe(`Basic ${Buffer.from('me:p').toString('base64')}`);
    const other = { user: 'eve', groups: [] };
    expect((await loadConnection({ kubeconfig, impersonate: other })).impersonate).toEqual(other);
  });

  it.each([
    ['is not there', undefined, /^found no kubeconfig at .*none: give a path, or set KUBECONFIG$/],
    ['is no YAML', '{', /^kubeconfig .* can't be read: /],
    ['is something else', 'clusters: 7', /^kubeconfig .* can't be read: /],
    [
      'has no server',
      stringify({
        'current-context': 'a',
        clusters: [{ name: 'c', cluster: {} }],
        contexts: [context('a', 'c')],
      }),
      /^the cluster of context "a" has no server in the kubeconfig$/,
    ],
  ])('one that %s is told so in one line', async (_, content, want) => {
    const path = join(folder, 'none');
    if (content !== undefined) await writeFile(path, content);
    await expect(loadConnection({ kubeconfig: path })).rejects.toThrow(want);
  });

  it('a plugin of credentials that is not installed is named, with how to get it', async () => {
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: 'no-such-plugin',
      installHint: 'Install it.',
    };
    const kubeconfig = await write('config', {
      'current-context': 'a',
      clusters: [cluster('c', 'https://one')],
      contexts: [context('a', 'c')],
      users: [{ name: 'u', user: { exec } }],
    });
    await expect(loadConnection({ kubeconfig })).rejects.toThrow(
      /^the credential plugin no-such-plugin of the kubeconfig failed: .*ENOENT; Install it\.$/,
    );
  });
});
