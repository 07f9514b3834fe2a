import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { loadConnection } from '../../../src/kube/kubeconfig.ts';
import { ServiceAccountConnection } from '../../../src/kube/service-account.ts';

const MODULE = pathToFileURL(join(import.meta.dirname, '../../../src/kube/kubeconfig.ts')).href;

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'medevac-connection-'));
});

afterEach(() => rm(folder, { recursive: true }));

async function writeFiles(files: Record<string, string>): Promise<void> {
  await Promise.all(Object.entries(files).map(([name, content]) => writeFile(join(folder, name), content)));
}

async function writeKubeconfig(user: object, cluster: object = {}): Promise<string> {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'here',
    clusters: [{ name: 'c', cluster: { server: 'https://10.0.0.1:6443', ...cluster } }],
    users: [{ name: 'u', user }],
    contexts: [
      { name: 'here', context: { cluster: 'c', user: 'u' } },
      { name: 'nowhere', context: { cluster: 'gone', user: 'u' } },
    ],
  };
  const path = join(folder, 'kubeconfig');
  await writeFile(path, JSON.stringify(config));
  return path;
}

describe('the connection of a pod', () => {
  it('is taken where its files are and no kubeconfig is asked for', async () => {
    await writeFiles({ token: 'one\n', 'ca.crt': 'CA 1' });

    const connection = await loadConnection({ serviceAccountFolder: folder });

    expect(connection.server).toBe('https://kubernetes.default.svc');
    expect(connection.ca).toBe('CA 1');
    expect(await connection.authorization?.()).toBe('Bearer one');
  });

  it('reads its files again after a minute, and at once when the server refuses the token', async () => {
    await writeFiles({ token: 'one', 'ca.crt': 'CA 1' });
    let now = 0;
    const connection = await ServiceAccountConnection.read('https://server', folder, () => now);

    await writeFiles({ token: 'two', 'ca.crt': 'CA 2' });
    now = 59_000;
    expect(await connection.authorization()).toBe('Bearer one');
    now = 60_000;
    expect(await connection.authorization()).toBe('Bearer two');
    expect(connection.ca).toBe('CA 2');
    await writeFiles({ token: 'three' });
    await connection.refresh();
    expect(await connection.authorization()).toBe('Bearer three');
  });

  it('keeps what it has while its files are away', async () => {
    await writeFiles({ token: 'one', 'ca.crt': 'CA 1' });
    const connection = await ServiceAccountConnection.read('https://server', folder);

    await rm(join(folder, 'token'));
    await connection.refresh();

    expect(await connection.authorization()).toBe('Bearer one');
  });
});

describe('the connection of a kubeconfig', () => {
  it('has its server, authority and token', async () => {
    const ca = Buffer.from('CA').toString('base64');
    const kubeconfig = await writeKubeconfig(
      { token: 'abc' },
      { 'certificate-authority-data': ca, 'tls-server-name': 'api.example' },
    );

    const connection = await loadConnection({ kubeconfig });

    expect(connection).toMatchObject({
      server: 'https://10.0.0.1:6443',
      ca: 'CA',
      serverName: 'api.example',
      clientCertificate: undefined,
    });
    expect(await connection.authorization?.()).toBe('Bearer abc');
  });

  it('has the client certificate of its user', async () => {
    const base64 = (text: string): string => Buffer.from(text).toString('base64');
    const kubeconfig = await writeKubeconfig({
      'client-certificate-data': base64('CERT'),
      'client-key-data': base64('KEY'),
    });

    const connection = await loadConnection({ kubeconfig });

    expect(connection.clientCertificate).toEqual({ cert: 'CERT', key: 'KEY' });
    expect(await connection.authorization?.()).toBeUndefined();
  });

  /** The user of an exec plugin that gives another token each time. */
  async function execUser(expirationTimestamp?: string): Promise<object> {
    const plugin = join(folder, 'plugin.sh');
    const expiry = expirationTimestamp === undefined ? '' : `,"expirationTimestamp":"${expirationTimestamp}"`;
    const credential = `{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"t%s"${expiry}}}`;
    const count = `echo x >> "${folder}/calls"; printf '${credential}' $(wc -l < "${folder}/calls")`;
    await writeFile(plugin, `#!/bin/sh\n${count}\n`);
    await chmod(plugin, 0o755);
    return {
      exec: { apiVersion: 'client.authentication.k8s.io/v1', command: plugin, interactiveMode: 'Never' },
    };
  }

  it('asks its exec plugin again when the server refuses the token', async () => {
    const connection = await loadConnection({ kubeconfig: await writeKubeconfig(await execUser()) });

    expect(await connection.authorization?.()).toBe('Bearer t1');
    expect(await connection.authorization?.()).toBe('Bearer t1');
    await connection.refresh?.();
    expect(await connection.authorization?.()).toBe('Bearer t2');
  });

  it.each([
    { name: 'whose time is over is asked for again', inMs: -1_000, want: ['Bearer t2', 'Bearer t3'] },
    { name: 'that is good for an hour is kept', inMs: 3_600_000, want: ['Bearer t1', 'Bearer t1'] },
  ])('has a token of its exec plugin: one $name', async ({ inMs, want }) => {
    const expirationTimestamp = new Date(Date.now() + inMs).toISOString();
    const user = await execUser(expirationTimestamp);
    const connection = await loadConnection({ kubeconfig: await writeKubeconfig(user) });

    const tokens = [await connection.authorization?.(), await connection.authorization?.()];

    expect(tokens).toEqual(want);
  });

  it('has the token of an older auth-provider', async () => {
    const part = (content: object) => Buffer.from(JSON.stringify(content)).toString('base64url');
    const expiry = Math.floor(Date.now() / 1_000) + 3_600;
    const token = `${part({ alg: 'none' })}.${part({ exp: expiry })}.x`;
    const user = { 'auth-provider': { name: 'oidc', config: { 'id-token': token } } };
    const connection = await loadConnection({ kubeconfig: await writeKubeconfig(user) });

    expect(await connection.authorization?.()).toBe(`Bearer ${token}`);
  });

  it('says which package an older auth-provider needs, where that is not installed', async () => {
    const kubeconfig = await writeKubeconfig({ 'auth-provider': { name: 'oidc', config: {} } });
    // A process in which Node does not find the package.
    const script = `
      const { registerHooks } = await import('node:module');
      registerHooks({
        resolve(name, context, next) {
          if (name === '@kubernetes/client-node') throw new Error('Cannot find package');
          return next(name, context);
        },
      });
      const { loadConnection } = await import(${JSON.stringify(MODULE)});
      await loadConnection({ kubeconfig: ${JSON.stringify(kubeconfig)} }).catch(({ message }) => console.log(message));
    `;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script]);

    expect(stdout).toBe(
      'context "here" has an auth-provider, which needs the package @kubernetes/client-node: install it, or use an exec plugin\n',
    );
  });

  it.each([
    ['a context without a cluster', {}, { context: 'nowhere' }, 'no context "nowhere"'],
    ['a context that is not there', {}, { context: 'missing' }, 'no context "missing"'],
    ['a proxy', { 'proxy-url': 'http://proxy' }, {}, 'proxy-url'],
  ])('is refused for %s, not left to fail later', async (_, cluster, options, text) => {
    const kubeconfig = await writeKubeconfig({ token: 'abc' }, cluster);

    await expect(loadConnection({ kubeconfig, ...options })).rejects.toThrow(text);
  });
});
