import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { connect } from '../../../src/cli/connect.ts';
import { terminalOf } from '../../../src/cli/terminal.ts';
import { json, startFakeServer, type FakeServer } from '../kube/fake-server.ts';
import { invocationOf } from './invocations.ts';

let folder: string;
let server: FakeServer;
let kubeconfig: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'medevac-connect-'));
  server = await startFakeServer(json(200, { items: [] }));
  kubeconfig = join(folder, 'kubeconfig');
  const config = {
    'current-context': 'here',
    clusters: [{ name: 'c', cluster: { server: server.url } }],
    users: [{ name: 'u', user: { token: 'abc', as: 'carol', 'as-groups': ['qa'] } }],
    contexts: [{ name: 'here', context: { cluster: 'c', user: 'u', namespace: 'team-a' } }],
  };
  await writeFile(kubeconfig, JSON.stringify(config));
});

afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

const parts = { terminal: terminalOf(process), signal: new AbortController().signal };

describe('as whom kubectl medevac acts', () => {
  it.each([
    { name: 'as the kubeconfig says', words: [], user: 'carol', groups: 'qa' },
    { name: 'as somebody else', words: ['--as', 'bob'], user: 'bob', groups: undefined },
    {
      name: 'as somebody in groups',
      words: ['--as', 'bob', '--as-group', 'dev', '--as-group', 'ops'],
      user: 'bob',
      groups: 'dev, ops',
    },
  ])('$name', async ({ words, user, groups }) => {
    const invocation = invocationOf('list', '--kubeconfig', kubeconfig, ...words);
    const session = await connect(invocation, parts);

    await session.instances.list();
    await session.transport.close();

    expect(session.namespace).toBe('team-a');
    const { headers } = server.seen[0] ?? {};
    expect(headers?.['impersonate-user']).toBe(user);
    expect(headers?.['impersonate-group']).toBe(groups);
  });

  it('not in a group without a name', async () => {
    const invocation = invocationOf('list', '--kubeconfig', kubeconfig, '--as-group', 'dev');
    await expect(connect(invocation, parts)).rejects.toThrow(
      '--as-group needs --as. See kubectl medevac --help.',
    );
    expect(server.seen).toEqual([]);
  });
});
