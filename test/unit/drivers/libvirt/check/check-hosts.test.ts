import { describe, expect, it } from '@jest/globals';
import { checkHosts, hostsToCheck } from '../../../../../src/drivers/libvirt/check/check-hosts.ts';
import { LibvirtSettings } from '../../../../../src/drivers/libvirt/settings.ts';
import type { Virsh, VirshResult } from '../../../../../src/drivers/libvirt/virsh.ts';

const settings = LibvirtSettings.parse({
  hosts: {
    'node-a': { uri: 'qemu+tls://node-a/system' },
    'node-b': { uri: 'qemu+tls://node-b/system' },
  },
});
const templated = LibvirtSettings.parse({ template: { uri: 'qemu+tls://{node}/system' } });

const VERSION = 'Running hypervisor: QEMU 7.2.22\nRunning against daemon: 9.0.0\n';
const LOCKED = 'Timed out during operation: cannot acquire state change lock';
const NO_DOMAIN = "failed to get domain 'medevac-check-1'";
const failed = (message: string): VirshResult => ({ kind: 'Failed', message });

type Answers = (host: string, command: string, calls: number) => VirshResult | undefined;

/** Hosts on which all goes well but for what `answers` says; `calls`: how often that was asked there. */
function connectTo(answers: Answers) {
  const asked: string[] = [];
  const connect = (uri: string): Virsh => {
    const host = new URL(uri).host;
    const run = ([command = '']: readonly string[]): Promise<VirshResult> => {
      const call = `${host} ${command}`;
      asked.push(call);
      const answer = answers(host, command, asked.filter((one) => one === call).length);
      return Promise.resolve(answer ?? { kind: 'Done', stdout: command === 'version' ? VERSION : '' });
    };
    const follow = () => {
      throw new Error('nothing is followed');
    };
    return { run, runWithFile: run, follow };
  };
  return { asked, connect };
}

async function check(answers: Answers, signal = new AbortController().signal) {
  const { asked, connect } = connectTo(answers);
  const lines: string[] = [];
  const code = await checkHosts({
    settings,
    hosts: hostsToCheck({ settings, connect, named: [], listed: [] }),
    minimum: { source: 'v9.0.0', destination: 'v9.0.0' },
    print: (line) => lines.push(line),
    signal,
  });
  return { asked, lines, code };
}

describe('the domain of a check', () => {
  it('is removed at its source first, which is asked again while libvirt is at it', async () => {
    const { asked, code } = await check((host, command, calls) =>
      command === 'undefine' && host === 'node-a' && calls < 3 ? failed(LOCKED) : undefined,
    );
    expect(asked.filter((call) => call.endsWith('define')).slice(0, 5)).toEqual([
      'node-a define',
      'node-a undefine',
      'node-a undefine',
      'node-a undefine',
      'node-b undefine',
    ]);
    expect(code).toBe(0);
  });

  it('is named where it may be left, when its host is lost meanwhile', async () => {
    const { lines, code } = await check((host, command) =>
      command === 'undefine' && host === 'node-b' ? { kind: 'TimedOut' } : undefined,
    );
    expect(lines).toContain('FAILED   node-a → node-b: the domain of this check may be on node-b still');
    expect(code).toBe(1);
  });

  it('is removed, and told to be, when the check is stopped', async () => {
    const stop = new AbortController();
    const { asked, lines, code } = await check((host, command) => {
      if (command === 'migrate') stop.abort();
      return command === 'undefine' && host === 'node-a' ? failed(NO_DOMAIN) : undefined;
    }, stop.signal);
    expect(asked.slice(-2)).toEqual(['node-a undefine', 'node-b undefine']);
    expect(lines.slice(-2)).toEqual([
      expect.stringMatching(/^ +Stopping when medevac-check-\S+ is removed; to stop now leaves it behind\.$/),
      'Stopped before the end: 2 passed, 0 failed.',
    ]);
    expect(code).toBe(1);
  });

  it('is not made for a host that does not answer', async () => {
    const { asked, lines } = await check((host, command) =>
      command === 'version' && host === 'node-b' ? failed('Connection refused') : undefined,
    );
    expect(asked).not.toContain('node-a define');
    expect(lines.slice(-3)).toEqual([
      'skipped  node-a → node-b: node-b does not answer',
      'skipped  node-b → node-a: node-b does not answer',
      '1 passed, 1 failed, 2 skipped.',
    ]);
  });
});

describe('the hosts that are checked', () => {
  const { connect } = connectTo(() => undefined);

  it.each([
    { name: 'those of the configuration', settings, named: [], listed: [], want: ['node-a', 'node-b'] },
    { name: 'those that were named', settings, named: ['node-b'], listed: [], want: ['node-b'] },
    {
      name: 'all nodes, with a template',
      settings: templated,
      named: [],
      listed: ['c', 'd'],
      want: ['c', 'd'],
    },
  ])('are $name', ({ want, name: _, ...choice }) => {
    expect(hostsToCheck({ ...choice, connect }).map(({ node }) => node)).toEqual(want);
  });

  it.each([
    { name: 'one that was named is none', settings, named: ['node-c'], want: 'has no host "node-c"' },
    { name: 'there are none', settings: templated, named: [], want: 'has no hosts' },
  ])('are refused where $name', ({ want, settings: given, named }) => {
    expect(() => hostsToCheck({ settings: given, named, listed: [], connect })).toThrow(want);
  });
});
