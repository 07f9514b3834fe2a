import { describe, expect, it } from '@jest/globals';
import {
  conclude,
  hostResults,
  pairResult,
  skippedPair,
  toldAs,
  type CheckResult,
  type PairFindings,
} from '../../../../../src/drivers/libvirt/check/results.ts';
import type { VirshResult } from '../../../../../src/drivers/libvirt/virsh.ts';

const DONE: VirshResult = { kind: 'Done', stdout: '' };
const printed = (...lines: string[]): VirshResult => ({ kind: 'Done', stdout: `${lines.join('\n')}\n\n` });
const failed = (message: string): VirshResult => ({ kind: 'Failed', message });
const version = (libvirt: string, qemu: string) =>
  printed('Using API: QEMU 9.0.0', `Running hypervisor: QEMU ${qemu}`, `Running against daemon: ${libvirt}`);

const WANTED = {
  minimum: { source: 'v9.0.0', destination: 'v9.0.0' },
  machineType: 'pc-q35-7.2',
  pools: ['fast', 'shared'],
};
const HOST = {
  version: version('9.0.0', '7.2.22'),
  pools: printed('fast', 'shared'),
  activePools: printed(' fast              ', ' shared            '),
};
const URI = 'qemu+tls://node-a.example/system';

describe('what is told of a host', () => {
  it.each([
    {
      name: 'all is well',
      found: HOST,
      wanted: WANTED,
      want: [
        'ok       node-a: libvirt 9.0.0, QEMU 7.2.22',
        'ok       node-a: pool fast is active',
        'ok       node-a: pool shared is active',
      ],
    },
    {
      name: 'pools are missing, or were not started',
      found: { ...HOST, pools: printed('shared'), activePools: printed('') },
      wanted: WANTED,
      want: [
        'ok       node-a: libvirt 9.0.0, QEMU 7.2.22',
        'FAILED   node-a: there is no pool fast',
        '         Define it on node-a as on the other hosts (virsh pool-define), then start it and have it start by itself.',
        'FAILED   node-a: pool shared is not active',
        '         On node-a: virsh pool-start shared; virsh pool-autostart shared',
      ],
    },
    {
      name: 'libvirt is too old',
      found: { ...HOST, version: version('8.6.0', '7.2.22') },
      wanted: { ...WANTED, pools: [] },
      want: [
        'FAILED   node-a: libvirt 8.6.0, QEMU 7.2.22',
        '         Rescued VMs need libvirt v9.0.0 as source and v9.0.0 as destination of a migration: upgrade node-a.',
      ],
    },
    {
      name: 'libvirt is too old for one side',
      found: HOST,
      wanted: { ...WANTED, pools: [], minimum: { source: 'v9.0.0', destination: 'v10.0.0' } },
      want: [
        'FAILED   node-a: libvirt 9.0.0, QEMU 7.2.22',
        '         Rescued VMs need libvirt v10.0.0 as destination of a migration: upgrade node-a.',
      ],
    },
    {
      name: 'QEMU is older than the board',
      found: { ...HOST, version: version('9.0.0', '6.2.0') },
      wanted: { ...WANTED, pools: [] },
      want: [
        'FAILED   node-a: libvirt 9.0.0, QEMU 6.2.0',
        '         It has no machine type pc-q35-7.2: upgrade QEMU, or set machineTypes to one that all hosts have.',
      ],
    },
    {
      name: 'it does not answer',
      found: { ...HOST, version: { kind: 'TimedOut' } as const },
      wanted: WANTED,
      want: [
        'FAILED   node-a: no answer in time',
        '         Nothing gets from the operator to node-a: look at the firewalls between them for TCP port 16514, and at their routes.',
      ],
    },
    {
      name: 'its pools are not told',
      found: { ...HOST, pools: failed('Cannot recv data') },
      wanted: WANTED,
      want: [
        'ok       node-a: libvirt 9.0.0, QEMU 7.2.22',
        'FAILED   node-a: Cannot recv data',
        '         Try it where the operator runs: virsh -c qemu+tls://node-a.example/system version',
      ],
    },
  ])('$name', ({ found, wanted, want }) => {
    expect(hostResults('node-a', URI, found, wanted).flatMap(toldAs)).toEqual(want);
  });
});

const ROUTE = { from: 'node-a', to: 'node-b', uri: 'qemu+tls://node-b.example/system' };
const PAIR: PairFindings = { defined: DONE, moved: DONE, arrived: DONE, left: [] };

describe('what is told of a pair', () => {
  it.each([
    {
      name: 'the definition was moved',
      found: PAIR,
      want: ['ok       node-a → node-b: by qemu+tls://node-b.example/system'],
    },
    {
      name: 'the source takes no such domain',
      found: { ...PAIR, defined: failed("Emulator 'qemu' does not support virt type 'kvm'") },
      want: [
        "FAILED   node-a → node-b: Emulator 'qemu' does not support virt type 'kvm'",
        '         QEMU there has not what the configuration asks for (domainType, machineTypes): install the same on all hosts; kvm needs /dev/kvm.',
      ],
    },
    {
      name: 'the way is blocked',
      found: { ...PAIR, moved: failed("unable to connect to server at 'node-b:16514': No route to host") },
      want: [
        "FAILED   node-a → node-b: unable to connect to server at 'node-b:16514': No route to host",
        '         Nothing gets from node-a to node-b: look at the firewalls between them for TCP port 16514, and at their routes.',
      ],
    },
    {
      name: 'it went elsewhere',
      found: { ...PAIR, arrived: failed("failed to get domain 'medevac-check-1'") },
      want: [
        'FAILED   node-a → node-b: what was sent has not arrived there',
        '         peerUri qemu+tls://node-b.example/system leads to another host than the uri of node-b: correct it in the configuration, or that name on node-a.',
      ],
    },
    {
      name: 'a host was lost meanwhile',
      found: { ...PAIR, left: ['node-b'] },
      want: [
        'ok       node-a → node-b: by qemu+tls://node-b.example/system',
        'FAILED   node-a → node-b: the domain of this check may be on node-b still',
        '         On node-b: virsh list --all --name, and virsh undefine what begins with medevac-check-.',
      ],
    },
  ])('$name', ({ found, want }) => {
    expect(pairResult(ROUTE, found).flatMap(toldAs)).toEqual(want);
  });

  it('is not asked of a host that does not answer', () => {
    expect(toldAs(skippedPair('node-a', 'node-b', 'node-b'))).toEqual([
      'skipped  node-a → node-b: node-b does not answer',
    ]);
  });
});

const passed: CheckResult = { state: 'Passed', text: '' };
const bad: CheckResult = { state: 'Failed', text: '' };
const skipped: CheckResult = { state: 'Skipped', text: '' };

describe('what the checks come to', () => {
  it.each([
    { results: [passed, passed], end: 'Complete', want: { text: '2 passed, 0 failed.', exitCode: 0 } },
    { results: [passed, bad], end: 'Complete', want: { text: '1 passed, 1 failed.', exitCode: 1 } },
    {
      results: [bad, skipped, skipped],
      end: 'Complete',
      want: { text: '0 passed, 1 failed, 2 skipped.', exitCode: 1 },
    },
    {
      results: [passed],
      end: 'Stopped',
      want: { text: 'Stopped before the end: 1 passed, 0 failed.', exitCode: 1 },
    },
  ] as const)('$want.text', ({ results, end, want }) => {
    expect(conclude(results, end)).toEqual(want);
  });
});
