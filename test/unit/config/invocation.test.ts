import { describe, expect, it } from '@jest/globals';
import { ConfigError } from '../../../src/config/config-error.ts';
import { help, readInvocation } from '../../../src/config/invocation.ts';

const FILE = ['--libvirt-config', 'hosts.json'];

describe('the command line', () => {
  it.each([
    { argv: [], does: 'runs the operator', want: { kind: 'Run', config: { driver: 'kubevirt' } } },
    { argv: ['check-hosts', '--help'], does: 'asks for help', want: { kind: 'Help' } },
    {
      argv: ['check-hosts', ...FILE],
      does: 'checks all hosts',
      want: { kind: 'CheckHosts', nodes: [], config: { driver: 'libvirt', libvirtConfig: 'hosts.json' } },
    },
    {
      argv: ['check-hosts', 'node-a', 'node-b', ...FILE, '--minimum-source-version=v9.5.0'],
      does: 'checks the hosts of nodes',
      want: { nodes: ['node-a', 'node-b'], config: { minimumVersion: { source: 'v9.5.0' } } },
    },
  ])('$does: $argv', ({ argv, want }) => {
    expect(readInvocation(argv, {})).toMatchObject(want);
  });

  it('has a check take the settings of the operator that it is run beside', () => {
    const environment = { MEDEVAC_LIBVIRT_CONFIG: '/etc/medevac/libvirt.json', MEDEVAC_DRIVER: 'kubevirt' };
    const want = { config: { driver: 'libvirt', libvirtConfig: '/etc/medevac/libvirt.json' } };
    expect(readInvocation(['check-hosts'], environment)).toMatchObject(want);
  });

  it.each([
    {
      name: 'no file with hosts',
      argv: ['check-hosts'],
      want: '--libvirt-config (or MEDEVAC_LIBVIRT_CONFIG): is needed by driver libvirt. Name the file with its hosts',
    },
    {
      name: 'a node behind the flags',
      argv: ['check-hosts', ...FILE, 'node-a'],
      want: "Unexpected argument 'node-a'",
    },
    { name: 'another command', argv: ['check'], want: "Unexpected argument 'check'" },
  ])('says in one line what is wrong with $name', ({ argv, want }) => {
    expect(() => readInvocation(argv, {})).toThrow(ConfigError);
    expect(() => readInvocation(argv, {})).toThrow(want);
  });

  it('tells of the command and of the settings', () => {
    expect(help()).toMatch(/^ {2}check-hosts \[NODE\.\.\.\] .*^ {2}--libvirt-config /ms);
  });
});
