import { expect, it } from '@jest/globals';
import { ConsoleTeller } from '../../../scripts/demo/console-teller.ts';
import type { ConsoleLine } from '../../libvirt-hosts/console-lines.ts';
import { areUnbroken, downtime, longestGap } from '../../libvirt-e2e/witness.ts';

function tick(n: number, { host = 'host-1', at = n * 1_000, bootId = 'aaaaaaaa-1' } = {}) {
  return { event: 'tick', system: 'rescue', bootId, host, at, n } as const;
}

function toldOf(lines: readonly ConsoleLine[]): string[] {
  const told: string[] = [];
  const teller = new ConsoleTeller((line) => told.push(line));
  for (const line of lines) teller.add(line);
  teller.flush();
  return told;
}

it('tells every tick, five in a line, and begins a new one where the guest has moved or booted', () => {
  const ticks = [1, 2, 3, 4, 5, 6].map((n) => tick(n));
  const moved = [tick(7, { host: 'host-2' }), tick(8, { host: 'host-2' })];
  expect(toldOf([...ticks, ...moved, tick(1, { host: 'host-2', bootId: 'bbbbbbbb-2' })])).toEqual([
    'host-1 console │ rescue system, boot aaaaaaaa: tick 1 2 3 4 5',
    'host-1 console │ rescue system, boot aaaaaaaa: tick 6',
    'host-2 console │ rescue system, boot aaaaaaaa: tick 7 8',
    'host-2 console │ rescue system, boot bbbbbbbb: tick 1',
  ]);
});

it('tells a boot with the disks that the guest sees, after the ticks that were before it', () => {
  const boot: ConsoleLine = {
    event: 'boot',
    system: 'rescue',
    bootId: 'bbbbbbbb-2',
    host: 'host-1',
    at: 0,
    uuid: '',
    serial: '',
    macs: [],
    notes: [],
    noted: true,
    disks: [
      { name: 'vda', serial: 's1', bytes: 1, system: 'root' },
      { name: 'vdb', serial: 's2', bytes: 1 },
    ],
  };
  expect(toldOf([tick(1), boot, { ...tick(1), event: 'order', order: 'poweroff' }])).toEqual([
    'host-1 console │ rescue system, boot aaaaaaaa: tick 1',
    'host-1 console │ rescue system, boot bbbbbbbb: has booted; it sees vda serial s1 (root), vdb serial s2',
    'host-1 console │ rescue system, boot aaaaaaaa: ordered to poweroff',
  ]);
});

it.each([
  { name: 'all of them', numbers: [1, 2, 3], want: true },
  { name: 'one is missing', numbers: [1, 3], want: false },
  { name: 'the first is missing', numbers: [2, 3], want: false },
  { name: 'there are none', numbers: [], want: false },
])('ticks of which $name: unbroken is $want', ({ numbers, want }) => {
  expect(areUnbroken(numbers.map((n) => tick(n)))).toBe(want);
});

it('knows the longest time between two ticks', () => {
  const ticks = [0, 900, 3_100, 4_000].map((at, index) => tick(index + 1, { at }));
  expect(longestGap(ticks)).toBe(2_200);
});

it.each([
  { name: 'lives on, also across a move', ticks: [tick(1), tick(2), tick(3, { host: 'host-2' })], want: 0 },
  {
    name: 'stands still for as long as a migration may take',
    ticks: [tick(1), tick(2, { at: 5_999 })],
    want: 0,
  },
  {
    name: 'stands still for longer',
    ticks: [tick(1), tick(2, { at: 6_000 }), tick(3, { at: 6_500 })],
    want: 5_000,
  },
  { name: 'is booted anew', ticks: [tick(8), tick(9), tick(1, { at: 21_000, bootId: 'b' })], want: 12_000 },
  { name: 'says less than it should', ticks: [tick(1), tick(3)], want: 2_000 },
  { name: 'says nothing', ticks: [], want: 0 },
])('a guest that $name is down for $want ms', ({ ticks, want }) => {
  expect(downtime(ticks)).toBe(want);
});
