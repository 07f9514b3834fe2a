import { describe, expect, it } from '@jest/globals';
import {
  addressOf,
  LibvirtSettings,
  parseLibvirtSettings,
} from '../../../../src/drivers/libvirt/settings.ts';

const tls = { uri: 'qemu+tls://10.0.0.1/system' };

describe('the hosts of the configuration', () => {
  const settings = LibvirtSettings.parse({
    hosts: {
      'node-a': { ...tls, peerUri: 'qemu+tls://node-a.storage/system', transferUri: 'tcp://10.1.0.1' },
    },
    template: { uri: 'qemu+tls://{node}.example/system', transferUri: 'tcp://{node}.fast' },
  });

  it('are found by the name of the node, before the template', () => {
    expect(addressOf('node-a', settings)).toEqual({
      uri: tls.uri,
      peerUri: 'qemu+tls://node-a.storage/system',
      transferUri: 'tcp://10.1.0.1',
    });
  });

  it('are made from the template for every other node', () => {
    expect(addressOf('node-b', settings)).toEqual({
      uri: 'qemu+tls://node-b.example/system',
      peerUri: 'qemu+tls://node-b.example/system',
      transferUri: 'tcp://node-b.fast',
    });
  });

  it.each(['toString', 'a/../b', '-c', 'a?socket=/x', 'A b'])(
    'are none for what is no name of a node: %s',
    (node) => {
      expect(addressOf(node, settings)).toBeUndefined();
    },
  );

  it('are no others without a template', () => {
    const { hosts } = settings;
    expect(addressOf('node-b', LibvirtSettings.parse({ hosts }))).toBeUndefined();
  });
});

describe('a configuration that is refused', () => {
  const plain = { uri: 'qemu+tcp://10.0.0.1/system' };
  const uri = 'must be a URI of a QEMU host, such as qemu+tls://node-a.example/system';
  const clear = 'qemu+tcp is neither encrypted nor authenticated: use qemu+tls, or set allowPlainTcp';
  it.each([
    {
      what: 'another program',
      given: { hosts: { a: { uri: 'test:///default' } } },
      path: 'hosts.a.uri',
      want: uri,
    },
    { what: 'an option', given: { template: { uri: '--readonly' } }, path: 'template.uri', want: uri },
    { what: 'a connection in clear', given: { hosts: { a: plain } }, path: 'hosts.a', want: clear },
    {
      what: 'peers in clear',
      given: { template: { ...tls, peerUri: plain.uri } },
      path: 'template',
      want: clear,
    },
    {
      what: 'a pool that is local and coherent',
      given: { pools: { fast: { namespaces: ['a'], coherent: true, local: true } } },
      path: 'pools.fast',
      want: 'a pool that is local to each host is not coherent: set one of both',
    },
  ])('for $what says where and why', ({ given, path, want }) => {
    expect(() => parseLibvirtSettings(JSON.stringify(given))).toThrow(new Error(`${path}: ${want}`));
  });

  it.each([
    {
      text: '{"hosts":{"a":{"uri":"qemu+ssh://me:canary-1@a/system" x}}}',
      want: 'is not JSON, from character 55',
    },
    { text: 'canary-1', want: 'is not JSON' },
  ])('for what is no JSON says so, and quotes nothing of it: $want', ({ text, want }) => {
    expect(() => parseLibvirtSettings(text)).toThrow(new Error(want));
  });

  it('is not one that allows connections in clear', () => {
    expect(LibvirtSettings.safeParse({ hosts: { a: plain }, allowPlainTcp: true }).success).toBe(true);
  });

  it.each([{ pools: { fast: { namespaces: [] } } }, { typo: 1 }, { machineTypes: { q35: 'q35' } }])(
    'for %j',
    (given) => {
      expect(LibvirtSettings.safeParse(given).success).toBe(false);
    },
  );
});
