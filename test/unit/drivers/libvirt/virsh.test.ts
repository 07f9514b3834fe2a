import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { virshAt, type VirshResult } from '../../../../src/drivers/libvirt/virsh.ts';

const URI = 'qemu+ssh://operator:canary-1@node-a.example/system?keyfile=/etc/keys/canary-2';
const CANARY = /canary-\d/;

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'medevac-virsh-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Runs what stands for virsh, a script for sh, against the host. */
async function runAs(script: string): Promise<VirshResult> {
  await writeFile(join(folder, 'virsh'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const virsh = virshAt(URI, { PATH: `${folder}:/usr/bin:/bin` });
  return virsh.run(['domstate', 'vm-1'], { deadline: 10_000 });
}

describe('a virsh that fails', () => {
  it.each([
    { name: 'without a word', script: 'exit 3', want: 'virsh ended with 3 and said nothing' },
    { name: 'by a signal', script: 'kill -SEGV $$', want: 'virsh ended with SIGSEGV and said nothing' },
    {
      name: 'with the URI of another host, as migrations do',
      script: `echo "error: operation failed: Failed to connect to remote libvirt URI ${URI}: gone" >&2; exit 1`,
      want: 'operation failed: Failed to connect to remote libvirt URI qemu+ssh://…@node-a.example/system?…: gone',
    },
    {
      name: 'with a URI in quotes',
      script: `echo "error: no connection to '${URI}'" >&2; exit 1`,
      want: "no connection to 'qemu+ssh://…@node-a.example/system?…'",
    },
  ])('$name: tells it, and no credential', async ({ script, want }) => {
    const result = await runAs(script);
    expect(result).toEqual({ kind: 'Failed', message: want });
    expect(JSON.stringify(result)).not.toMatch(CANARY);
  });
});
