import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { isAlive } from '../../support/processes.ts';
import { waitFor } from '../../support/wait.ts';

const ABANDONED = join(import.meta.dirname, '../../control-plane/abandoned-control-plane.mjs');
const START_TIMEOUT_MS = 120_000;

let temporary: string;

beforeEach(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'medevac-crash-'));
});

afterEach(() => rm(temporary, { recursive: true, force: true }));

function spawnOwner(env: Record<string, string> = {}) {
  return spawn(process.execPath, ['--no-warnings', ABANDONED], {
    env: { ...process.env, TMPDIR: temporary, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

describe('a process that started a control plane', () => {
  it.each(['SIGKILL', 'SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'leaves no process and no file when it ends by %s',
    async (signal) => {
      const owner = spawnOwner();
      try {
        const [line] = (await once(createInterface({ input: owner.stdout }), 'line')) as [string];
        const { folder, pids } = JSON.parse(line) as { folder: string; pids: number[] };
        expect(pids.filter(isAlive)).toHaveLength(2);
        expect(existsSync(folder)).toBe(true);

        owner.kill(signal);

        await waitFor('all programs have ended', () => !pids.some(isAlive));
        await waitFor('the folder is gone', async () => (await readdir(temporary)).length === 0);
        expect(owner.exitCode).toBeNull();
      } finally {
        owner.kill('SIGKILL');
      }
    },
    START_TIMEOUT_MS,
  );

  it('is told the last words of a program that does not start, and leaves no file', async () => {
    for (const name of ['etcd', 'kube-apiserver', 'kubectl']) {
      await writeFile(join(temporary, name), '#!/bin/sh\necho "no leader today" >&2\nexit 3\n', {
        mode: 0o755,
      });
    }
    const owner = spawnOwner({ KUBEBUILDER_ASSETS: temporary });
    let errors = '';
    owner.stderr.setEncoding('utf8').on('data', (chunk: string) => (errors += chunk));

    await once(owner, 'close');

    expect(owner.exitCode).toBe(1);
    expect(errors).toContain('etcd ended (exit code 3); its last lines:\nno leader today');
    expect((await readdir(temporary)).sort()).toEqual(['etcd', 'kube-apiserver', 'kubectl']);
  }, 30_000);
});
