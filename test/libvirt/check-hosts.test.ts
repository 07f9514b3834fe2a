import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from '@jest/globals';
import type { LibvirtHost } from '../libvirt-hosts/libvirt-host.ts';
import { waitFor } from '../support/wait.ts';
import type { LibvirtBench } from './bench.ts';
import { describeOnBench } from './on-bench.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const HOSTS = ['host-1', 'host-2', 'host-3'];
const PAIRS = HOSTS.flatMap((from) => HOSTS.flatMap((to) => (from === to ? [] : [{ from, to }])));

describeOnBench('medevac check-hosts', HOSTS.length, (theatre) => {
  const undo: (() => Promise<unknown>)[] = [];

  afterEach(async () => {
    for (const call of undo.splice(0)) await call();
  });

  it('finds that all is well', async () => {
    const { bench } = theatre();
    const { lines, code } = await (await startCheck(bench)).ended;
    expect(lines).toEqual([
      ...HOSTS.flatMap((node) => [healthy(node), `ok       ${node}: pool shared is active`]),
      ...PAIRS.map(({ from, to }) => `ok       ${from} → ${to}: by qemu+tls://${to}/system`),
      '12 passed, 0 failed.',
    ]);
    expect(code).toBe(0);
    expect(await domainsOf(bench)).toEqual([]);
  });

  it('names the pair between which the link is cut', async () => {
    const { bench } = theatre();
    const [one, two] = [bench.stage.host('host-1'), bench.stage.host('host-2')];
    await route(one, 'unreachable', two);
    await route(two, 'unreachable', one);
    const { lines, code } = await (await startCheck(bench)).ended;
    expect(lines.filter((line) => !line.startsWith('ok '))).toEqual([
      "FAILED   host-1 → host-2: unable to connect to server at 'host-2:16514': No route to host",
      '         Nothing gets from host-1 to host-2: look at the firewalls between them for TCP port 16514, and at their routes.',
      "FAILED   host-2 → host-1: unable to connect to server at 'host-1:16514': No route to host",
      '         Nothing gets from host-2 to host-1: look at the firewalls between them for TCP port 16514, and at their routes.',
      '10 passed, 2 failed.',
    ]);
    expect(code).toBe(1);
    expect(await domainsOf(bench)).toEqual([]);
  });

  it('leaves nothing behind when it is interrupted while a host waits for another', async () => {
    const { bench } = theatre();
    const [one, two] = [bench.stage.host('host-1'), bench.stage.host('host-2')];
    // Its packets arrive, and no answer; it gives up after 7 s instead of 2 min.
    await one.run('sh', '-c', 'echo 2 > /proc/sys/net/ipv4/tcp_syn_retries');
    await route(two, 'blackhole', one);
    const check = await startCheck(bench, { nodes: ['host-1', 'host-2'] });
    await waitFor('a domain is to be moved', async () => (await domainsOf(bench)).length > 0);
    check.interrupt();
    const { lines, code } = await check.ended;
    expect(lines.at(-1)).toBe('Stopped before the end: 4 passed, 0 failed.');
    expect(code).toBe(1);
    expect(await domainsOf(bench)).toEqual([]);
  });

  it('tells of keys that a host does not have, and of a name that leads elsewhere', async () => {
    const { bench } = theatre();
    const certificate = '/etc/pki/libvirt/clientcert.pem';
    const three = bench.stage.host('host-3');
    await three.run('mv', certificate, `${certificate}.away`);
    undo.push(() => three.run('mv', `${certificate}.away`, certificate));
    const { hosts, ...others } = bench.settings();
    const peerUri = three.migrationUri;
    const settings = { ...others, hosts: { ...hosts, 'host-2': { uri: hosts['host-2']?.uri, peerUri } } };
    const { lines, code } = await (await startCheck(bench, { settings })).ended;
    expect(lines.filter((line) => !line.startsWith('ok '))).toEqual([
      'FAILED   host-1 → host-2: what was sent has not arrived there',
      '         peerUri qemu+tls://host-3/system leads to another host than the uri of host-2: correct it in the configuration, or that name on host-1.',
      'FAILED   host-3 → host-1: Unable to read TLS confirmation: Input/output error',
      '         host-1 does not take the client certificate of host-3: /etc/pki/libvirt/clientcert.pem and private/clientkey.pem on host-3 must be there, and be signed by the CA in /etc/pki/CA/cacert.pem on host-1; tls_allowed_dn_list of its libvirtd.conf must let it in.',
      'FAILED   host-3 → host-2: Unable to read TLS confirmation: Input/output error',
      '         host-2 does not take the client certificate of host-3: /etc/pki/libvirt/clientcert.pem and private/clientkey.pem on host-3 must be there, and be signed by the CA in /etc/pki/CA/cacert.pem on host-2; tls_allowed_dn_list of its libvirtd.conf must let it in.',
      '9 passed, 3 failed.',
    ]);
    expect(code).toBe(1);
    expect(await domainsOf(bench)).toEqual([]);
  });

  it('refuses a node that is none of the hosts', async () => {
    const { bench } = theatre();
    const { errors, code } = await (await startCheck(bench, { nodes: ['host-9'] })).ended;
    expect(errors).toBe(
      '--libvirt-config (or MEDEVAC_LIBVIRT_CONFIG): has no host "host-9" (--help lists the settings)\n',
    );
    expect(code).toBe(2);
  });

  async function route(host: LibvirtHost, type: 'unreachable' | 'blackhole', to: LibvirtHost): Promise<void> {
    await host.run('ip', 'route', 'add', type, to.address);
    undo.push(() => host.run('ip', 'route', 'delete', type, to.address));
  }
});

const healthy = (node: string) =>
  expect.stringMatching(`^ok {7}${node}: libvirt \\d+\\.\\S+, QEMU \\d+\\.\\S+$`);

/** Starts the program as an administrator does. */
async function startCheck(
  bench: LibvirtBench,
  { nodes = [], settings = bench.settings() }: { nodes?: readonly string[]; settings?: object } = {},
) {
  const path = join(bench.stage.folder, 'libvirt.json');
  await writeFile(path, JSON.stringify(settings));
  const { PATH } = process.env;
  const env = { PATH, HOME: bench.stage.folder, MEDEVAC_LIBVIRT_CONFIG: path };
  // In a process group of its own, as in a terminal.
  const child = spawn(process.execPath, [MAIN, 'check-hosts', ...nodes], { env, detached: true });
  const closed = once(child, 'close');
  const end = async () => {
    const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
    const [code] = (await closed) as [number | null];
    return { lines: output.trimEnd().split('\n'), errors, code };
  };
  return {
    ended: end(),
    /** Ctrl-C, which all of the group gets. */
    interrupt: () => process.kill(-(child.pid ?? NaN), 'SIGINT'),
  };
}

/** Names of all domains of all hosts. */
async function domainsOf({ stage }: LibvirtBench): Promise<string[]> {
  const lists = await Promise.all(stage.hosts.map((host) => host.virsh('list', '--all', '--name')));
  return lists.flatMap((names) => names.split('\n')).filter((name) => name !== '');
}
