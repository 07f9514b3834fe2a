import { describe, expect, it } from '@jest/globals';
import type { MigrationPolicy } from '../../../../src/api/live-migration.ts';
import {
  canLimitTo,
  completedJob,
  migrateDomain,
  resumeTransfer,
  startDomain,
  writeMigration,
  writeVm,
  type Transfer,
} from '../../../../src/drivers/libvirt/commands.ts';
import { anOrder, domainOf } from './orders.ts';
import { aDomain, MOVE } from './views.ts';

const transfer: Transfer = {
  domain: 'team-a.web-1',
  destination: {
    uri: 'qemu+tls://10.0.0.2/system',
    peerUri: 'qemu+tls://node-b/system',
    transferUri: undefined,
  },
  policy: undefined,
  sharedDisks: 'FindOut',
  encryption: 'Tls',
};
const always = ['--live', '--p2p', '--persistent', '--undefinesource', '--abort-on-error'];

describe('the call that moves a domain', () => {
  it('is from host to host, encrypted, and leaves nothing at the source', () => {
    expect(migrateDomain(transfer)).toEqual([
      'migrate',
      ...always,
      '--tls',
      'team-a.web-1',
      'qemu+tls://node-b/system',
    ]);
  });

  const rows: { name: string; fields: Partial<Transfer>; want: string[] }[] = [
    {
      name: 'disks that the configuration calls coherent',
      fields: { sharedDisks: 'Believe' },
      want: ['--unsafe', '--tls'],
    },
    { name: 'a network that may be read', fields: { encryption: 'None' }, want: [] },
    {
      name: 'an address for memory',
      fields: { destination: { ...transfer.destination, transferUri: 'tcp://10.1.0.2' } },
      want: ['--tls', '--migrateuri', 'tcp://10.1.0.2'],
    },
  ];
  const policies: { policy: Partial<MigrationPolicy>; want: string[] }[] = [
    { policy: { autoConverge: true }, want: ['--auto-converge'] },
    { policy: { autoConverge: false, postCopy: false }, want: [] },
    { policy: { postCopy: true }, want: ['--postcopy', '--postcopy-after-precopy'] },
    { policy: { bandwidth: '1Gi' }, want: ['--bandwidth', '1024'] },
    { policy: { bandwidth: '2500k' }, want: ['--bandwidth', '2'] },
    {
      policy: { bandwidth: '8Mi', postCopy: true },
      want: ['--postcopy', '--postcopy-after-precopy', '--bandwidth', '8', '--postcopy-bandwidth', '8'],
    },
  ];
  const withPolicy = policies.map(({ policy, want }) => ({
    name: JSON.stringify(policy),
    fields: { policy: { onTimeout: 'Abort' as const, ...policy } },
    want: ['--tls', ...want],
  }));
  it.each([...rows, ...withPolicy])('says so for $name', ({ fields, want }) => {
    const args = migrateDomain({ ...transfer, ...fields });
    expect(args.slice(1 + always.length, -2)).toEqual(want);
  });
});

describe('the call that resumes an interrupted post-copy', () => {
  const { domain, destination } = transfer;
  const resume = [
    'migrate',
    '--live',
    '--p2p',
    '--persistent',
    '--undefinesource',
    '--postcopy',
    '--postcopy-resume',
    '--unsafe',
  ];

  it('goes the way that the transfer went', () => {
    expect(resumeTransfer(domain, destination, 'Tls')).toEqual([
      ...resume,
      '--tls',
      'team-a.web-1',
      'qemu+tls://node-b/system',
    ]);
    const elsewhere = { ...destination, transferUri: 'tcp://10.1.0.2' };
    expect(resumeTransfer(domain, elsewhere, 'None')).toEqual([
      ...resume,
      '--migrateuri',
      'tcp://10.1.0.2',
      'team-a.web-1',
      'qemu+tls://node-b/system',
    ]);
  });
});

it('a limit below what libvirt counts in is none that it can keep', () => {
  expect(['1Mi', '1048576', '1G'].map(canLimitTo)).toEqual([true, true, true]);
  expect(['1M', '100k', '1'].map(canLimitTo)).toEqual([false, false, false]);
});

it('the last job of a domain stays there for others who ask', () => {
  expect(completedJob('team-a.web-1')).toEqual([
    'domjobinfo',
    'team-a.web-1',
    '--completed',
    '--keep-completed',
    '--rawstats',
  ]);
});

describe('the call that starts a domain', () => {
  it.each([
    ['BIOS', []],
    ['UEFI', ['--reset-nvram']],
  ] as const)('takes nothing that the host has kept of one with %s', (firmware, more) => {
    expect(startDomain(domainOf(anOrder({ machine: { firmware } })))).toEqual([
      'start',
      'default.web-1',
      '--force-boot',
      ...more,
    ]);
  });
});

describe('what is written on a domain', () => {
  it('is XML without a prefix, which virsh puts into its namespace', () => {
    const { vm } = aDomain();
    const args = vm && writeVm('team-a.web-1', vm);
    const [xml = ''] = args?.slice(6, 7) ?? [];
    expect(args).toEqual([
      'metadata',
      'team-a.web-1',
      'https://medevac.dev/libvirt/vm/1',
      '--key',
      'medevac',
      '--set',
      xml,
      '--config',
    ]);
    expect(xml).toMatch(/^<vm uid="vm-1" bootId="boot-1" power="On">/);
    expect(xml).not.toContain('medevac:');
  });

  it('is, of a migration, what it is, and where that is said', () => {
    expect(writeMigration('team-a.web-1', MOVE, '--live', '--config').slice(5)).toEqual([
      '--set',
      `<migration uid="m-1" source="node-a" destination="node-b" startedAt="${MOVE.startedAt}"/>\n`,
      '--live',
      '--config',
    ]);
  });

  it('has, of a migration that arrived, the figures that libvirt had of it', () => {
    const figures = {
      downtime: 76,
      memoryTotalBytes: 200,
      memoryProcessedBytes: 100,
      diskTotalBytes: undefined,
      diskProcessedBytes: undefined,
    };
    const end = { outcome: 'Succeeded', at: MOVE.startedAt, words: '', figures } as const;
    const [xml] = writeMigration('team-a.web-1', { ...MOVE, end }, '--live').slice(6);
    expect(xml).toContain('  <figures downtime="76" memoryTotal="200" memoryProcessed="100"/>\n');
  });
});
