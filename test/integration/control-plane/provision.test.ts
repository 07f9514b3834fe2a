import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { envtestPlatform, type Envtest } from '../../control-plane/envtest.mjs';
import { findFreePort } from '../../control-plane/ports.ts';
import {
  ALL_PROGRAMS,
  builtFolder,
  findProgram,
  provision,
  REQUIRED_PROGRAMS,
  requirePrograms,
} from '../../control-plane/provision.mjs';

/** A server that isn't there. */
let unreachable: Envtest;

let temporary: string;
let messages: string[];
let env: Record<string, string>;

beforeEach(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'medevac-provision-'));
  messages = [];
  const releases = `http://127.0.0.1:${await findFreePort()}`;
  unreachable = { version: 'v0.0.0', releases, checksums: { [envtestPlatform()]: '' } };
  await mkdir(join(temporary, 'bin'));
  env = { XDG_CACHE_HOME: join(temporary, 'cache'), PATH: `${join(temporary, 'bin')}:/usr/bin:/bin` };
});

afterEach(() => rm(temporary, { recursive: true, force: true }));

async function writeProgram(path: string, script: string): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

/** A Go that takes a moment and notes what it was asked to build. */
function installFakeGo(): Promise<void> {
  const notes = join(temporary, 'built');
  const build = `while [ "$1" != -o ]; do shift; done; sleep 0.2; echo "$3" >> '${notes}'; cp "$0" "$2"`;
  return writeProgram(join(temporary, 'bin', 'go'), `[ "$1" = version ] && exit 0\n${build}`);
}

async function built(): Promise<string[]> {
  return (await readFile(join(temporary, 'built'), 'utf8')).trim().split('\n');
}

function say(message: string): void {
  messages.push(message);
}

describe('the programs of the control plane', () => {
  it('are taken from KUBEBUILDER_ASSETS before the cache, and a missing one from the cache', async () => {
    const assets = join(temporary, 'assets');
    await writeProgram(join(assets, 'etcd'), 'exit 0');
    await writeProgram(join(builtFolder(env), 'etcd'), 'exit 0');
    await writeProgram(join(builtFolder(env), 'kube-apiserver'), 'exit 0');

    const withAssets = { ...env, KUBEBUILDER_ASSETS: assets };

    expect(findProgram('etcd', { env: withAssets })).toBe(join(assets, 'etcd'));
    expect(findProgram('kube-apiserver', { env: withAssets })).toBe(join(builtFolder(env), 'kube-apiserver'));
    expect(findProgram('etcd', { env })).toBe(join(builtFolder(env), 'etcd'));
  });

  it('are taken from PATH only where they are kubectl', async () => {
    for (const name of REQUIRED_PROGRAMS) await writeProgram(join(temporary, 'bin', name), 'exit 0');

    expect(requirePrograms(['kubectl'], env).kubectl).toBe(join(temporary, 'bin', 'kubectl'));
    expect(() => requirePrograms(['kubectl', 'etcd'], env)).toThrow(
      /^The control plane needs etcd, and none was found/,
    );
  });

  it('are built with Go, etcd and the API server first, and never again', async () => {
    await installFakeGo();

    await provision({ say, env, envtest: unreachable });
    await provision({ say, env, envtest: unreachable });

    const wantPackages = [
      'etcd/server/v3',
      'cmd/kube-apiserver',
      'cmd/kubectl',
      'cmd/kube-controller-manager',
    ];
    expect((await built()).slice(0, 4)).toEqual(wantPackages.map((end) => expect.stringMatching(`${end}$`)));
    expect(await built()).toHaveLength(ALL_PROGRAMS.length);
    expect(requirePrograms(['etcd'], env).etcd).toBe(join(builtFolder(env), 'etcd'));
    expect(messages).toContainEqual(expect.stringContaining('building kube-apiserver (2 of 5)'));
  });

  it('are built once when two processes want them at the same time', async () => {
    await installFakeGo();
    const first = provision({ say, env, envtest: unreachable });
    const second = provision({ say, env, envtest: unreachable });

    await Promise.all([first, second]);

    expect(await built()).toHaveLength(ALL_PROGRAMS.length);
    expect(messages.filter((message) => message.includes('waiting for it'))).toHaveLength(1);
  });

  it('are built although a builder that was killed has left its lock', async () => {
    await installFakeGo();
    const lock = join(builtFolder(env), '..', '.lock');
    await mkdir(join(lock, '..'), { recursive: true });
    await writeFile(lock, '');
    const longAgo = new Date(Date.now() - 60_000);
    await utimes(lock, longAgo, longAgo);

    await provision({ say, env, envtest: unreachable });

    expect(await built()).toHaveLength(ALL_PROGRAMS.length);
    await expect(stat(lock)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('are not there when a build fails, and the error says what Go said', async () => {
    await writeProgram(
      join(temporary, 'bin', 'go'),
      '[ "$1" = version ] && exit 0\necho "disk full" >&2\nexit 1',
    );

    await expect(provision({ say, env, envtest: unreachable })).rejects.toThrow(
      'Building etcd failed:\ndisk full',
    );
    expect(findProgram('etcd', { env })).toBeUndefined();
  });

  it('cannot be had without Go and network: one sentence says what to install', async () => {
    env['PATH'] = join(temporary, 'bin');

    await expect(provision({ say, env, envtest: unreachable })).rejects.toThrow(
      /^The control plane needs etcd, kube-apiserver, kubectl, and there is no Go to build them with: install Go .*KUBEBUILDER_ASSETS.*\.$/,
    );
    expect(messages).toContainEqual('the envtest archive cannot be had (ECONNREFUSED)');
  });
});

describe('the envtest archive', () => {
  let archive: Buffer;
  let server: ReturnType<typeof createServer>;

  beforeEach(async () => {
    for (const name of REQUIRED_PROGRAMS) {
      await writeProgram(join(temporary, 'archive', 'controller-tools', 'envtest', name), 'exit 0');
    }
    const file = join(temporary, 'archive.tar.gz');
    await promisify(execFile)('tar', ['-czf', file, '-C', join(temporary, 'archive'), 'controller-tools']);
    archive = await readFile(file);
    server = createServer((request, response) => {
      const isThere = request.url === `/envtest-v9.9.9/envtest-v9.9.9-${envtestPlatform()}.tar.gz`;
      response.writeHead(isThere ? 200 : 404).end(archive);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  function pinned(checksum: string): Envtest {
    const { port } = server.address() as AddressInfo;
    return {
      version: 'v9.9.9',
      releases: `http://127.0.0.1:${port}`,
      checksums: { [envtestPlatform()]: checksum },
    };
  }

  it('spares the build of what it holds, and what it does not hold is not missed without Go', async () => {
    env['PATH'] = '/usr/bin:/bin';
    const envtest = pinned(createHash('sha512').update(archive).digest('hex'));

    await provision({ say, env, envtest });

    const folder = join(temporary, 'cache', 'medevac', 'control-plane', 'envtest-v9.9.9');
    expect((await stat(join(folder, 'kube-apiserver'))).isFile()).toBe(true);
    expect(messages).toContainEqual(
      expect.stringMatching(/^going on without kube-controller-manager, kube-scheduler/),
    );
  });

  it('is refused when it is not the one that was pinned', async () => {
    env['PATH'] = join(temporary, 'bin');

    await expect(provision({ say, env, envtest: pinned('0'.repeat(128)) })).rejects.toThrow(/needs etcd/);
    expect(messages).toContainEqual(expect.stringContaining('has a wrong checksum'));
  });
});

describe('scripts/setup.mjs', () => {
  const setup = join(import.meta.dirname, '../../../scripts/setup.mjs');

  it('prints nothing when all is there', async () => {
    for (const name of ALL_PROGRAMS) await writeProgram(join(builtFolder(env), name), 'exit 0');
    const child = spawn(process.execPath, [setup], { env: { ...process.env, ...env } });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));

    await once(child, 'close');

    expect({ output, code: child.exitCode }).toEqual({ output: '', code: 0 });
  });
});
