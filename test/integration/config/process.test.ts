import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { NODES } from '../../../src/api/resources.ts';
import { ResourceClient } from '../../../src/kube/resource-client.ts';
import {
  OPERATOR_NAMESPACE,
  OPERATOR_USER,
  startInstalledControlPlane,
  type InstalledControlPlane,
} from '../../support/installed-control-plane.ts';

import { startAndWait } from '../../support/operator.ts';
import { isAlive } from '../../support/processes.ts';

const MAIN = fileURLToPath(new URL('../../../src/main.ts', import.meta.url));
const TIMEOUT = 60_000;

let folder: string;
let taken: Server;
let installed: InstalledControlPlane;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'medevac-config-'));
  taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  installed = await startInstalledControlPlane();
}, TIMEOUT);
afterAll(async () => {
  taken.close();
  await installed.stop();
  await rm(folder, { recursive: true });
});

/** Runs the operator as a kubelet does, until it ends. */
async function run(argv: readonly string[], environment: Record<string, string> = {}) {
  const { PATH } = process.env;
  const child = spawn(process.execPath, [MAIN, ...argv], { env: { PATH, HOME: folder, ...environment } });
  const ended = once(child, 'close');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = (await ended) as [number | null];
  return { code, stdout, stderr };
}

const ADVICE = ' (--help lists the settings)\n';

async function file(name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

it(
  'is ended where it is not ready in time',
  async () => {
    const args = ['--kubeconfig', await installed.controlPlane.kubeconfig(OPERATOR_USER)];
    const { port } = taken.address() as AddressInfo;
    const started = startAndWait([MAIN, ...args], join(folder, 'late.log'), port, 1);
    const { message } = await started.then(
      () => new Error('ready'),
      (error: unknown) => error as Error,
    );
    const pid = Number(/process (\d+)/.exec(message)?.[1]);
    expect(pid).toBeGreaterThan(1);
    expect(isAlive(pid)).toBe(false);
  },
  TIMEOUT,
);

describe('the process ends with 2 and one line', () => {
  it.each([
    { name: 'an unknown flag', argv: ['--colour', 'red'], want: "Unknown option '--colour'" },
    {
      name: 'a bad value',
      argv: ['--workers', 'many'],
      want: '--workers (or MEDEVAC_WORKERS): must be a whole number from 1 to 256',
    },
    {
      name: 'settings that contradict each other',
      argv: ['--health-port', '9443'],
      want: '--health-port (or MEDEVAC_HEALTH_PORT): port 9443 is that of the webhooks, too. Choose another one',
    },
    {
      name: 'no kubeconfig, outside of a cluster',
      argv: [],
      want: '--kubeconfig (or KUBECONFIG): found no kubeconfig at $HOME/.kube/config: give a path, or set KUBECONFIG',
    },
    {
      name: 'a kubeconfig that is not there',
      argv: ['--kubeconfig', '/not/there'],
      want: '--kubeconfig (or KUBECONFIG): found no kubeconfig at /not/there: give a path, or set KUBECONFIG',
    },
    {
      name: 'a check of hosts that are nowhere',
      argv: ['check-hosts'],
      want: '--libvirt-config (or MEDEVAC_LIBVIRT_CONFIG): is needed by driver libvirt. Name the file with its hosts',
    },
    {
      name: 'a file of libvirt hosts that is not there',
      argv: ['--driver', 'libvirt', '--libvirt-config', '/not/there'],
      want: "--libvirt-config (or MEDEVAC_LIBVIRT_CONFIG): ENOENT: no such file or directory, open '/not/there'",
    },
  ])(
    'for $name',
    async ({ argv, want }) => {
      expect(await run(argv)).toEqual({
        code: 2,
        stdout: '',
        stderr: `${want.replace('$HOME', folder)}${ADVICE}`,
      });
    },
    TIMEOUT,
  );

  it(
    'for a libvirt host that is not named as one, in the words of its field',
    async () => {
      const path = await file('libvirt.json', '{"hosts": {"node-a": {"uri": "ssh://node-a"}}}');
      const { code, stderr } = await run(['--driver', 'libvirt', '--libvirt-config', path]);
      expect({ code, stderr }).toEqual({
        code: 2,
        stderr:
          `--libvirt-config (or MEDEVAC_LIBVIRT_CONFIG): ${path}: hosts.node-a.uri: must be a URI of a QEMU host, ` +
          `such as qemu+tls://node-a.example/system${ADVICE}`,
      });
    },
    TIMEOUT,
  );

  it.each([
    { name: 'that is no YAML', content: '{ [', want: /^--kubeconfig \(or KUBECONFIG\): .+\n$/ },
    { name: 'without a context', content: '{}', want: /^--kubeconfig \(or KUBECONFIG\): .+\n$/ },
  ])(
    'for a kubeconfig $name, from the environment',
    async ({ content, want }) => {
      const { code, stderr } = await run([], { KUBECONFIG: await file('broken', content) });
      expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(want) });
    },
    TIMEOUT,
  );

  it.each([
    { flag: '--health-port', other: '--webhook-port', variable: 'MEDEVAC_HEALTH_PORT' },
    { flag: '--webhook-port', other: '--health-port', variable: 'MEDEVAC_WEBHOOK_PORT' },
  ])(
    'for a $flag that is in use',
    async ({ flag, other, variable }) => {
      const { port } = taken.address() as AddressInfo;
      const kubeconfig = await installed.controlPlane.kubeconfig(OPERATOR_USER);
      const { code, stderr } = await run([
        ...['--kubeconfig', kubeconfig, '--driver', 'memory', '--namespace', OPERATOR_NAMESPACE],
        ...['--bind-address', '127.0.0.1', flag, `${port}`, other, '0'],
      ]);
      const why = `port ${port} is in use. Choose another one, or end what uses it`;
      expect({ code, stderr }).toEqual({ code: 2, stderr: `${flag} (or ${variable}): ${why}${ADVICE}` });
    },
    TIMEOUT,
  );
});

it(
  'checks the hosts of all nodes where the configuration has a template for them',
  async () => {
    const nodes = new ResourceClient(installed.transport(), NODES);
    await nodes.create({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-a' } });
    const kubeconfig = await installed.controlPlane.kubeconfig(OPERATOR_USER);
    // Nobody listens there; where virsh is not installed, that is what is told.
    const path = await file('template.json', '{"template": {"uri": "qemu+tls://127.0.0.1:1/system"}}');
    const { code, stdout } = await run(['check-hosts', '--kubeconfig', kubeconfig, '--libvirt-config', path]);
    const [failure = '', , end] = stdout.split('\n');
    expect({ code, failure, end }).toEqual({
      code: 1,
      failure: expect.stringMatching(/^FAILED {3}node-a: .*(refused|not installed|certificate)/),
      end: '0 passed, 1 failed.',
    });
  },
  TIMEOUT,
);
