import { describe, expect, it } from '@jest/globals';
import { ConsoleLines } from '../../libvirt-hosts/console-lines.ts';

function tick(n: number, bootId = 'b'): string {
  return `{"event":"tick","system":"root","bootId":"${bootId}","n":${n}}`;
}

type Read = readonly [host: string, text: string];

const cases: { name: string; reads: readonly Read[]; want: readonly (readonly [string, number])[] }[] = [
  {
    name: 'lines that come whole',
    reads: [['one', `${tick(1)}\n${tick(2)}\n`]],
    want: [
      ['one', 1],
      ['one', 2],
    ],
  },
  {
    name: 'a line that comes in pieces counts once it is whole',
    reads: [
      ['one', tick(1).slice(0, 9)],
      ['one', `${tick(1).slice(9)}\n${tick(2)}`],
    ],
    want: [['one', 1]],
  },
  {
    name: 'a line that a migration cut in two ends on the destination',
    reads: [
      ['one', `${tick(1)}\n${tick(2).slice(0, 20)}`],
      ['two', `${tick(2).slice(20)}\n${tick(3)}\n`],
    ],
    want: [
      ['one', 1],
      ['two', 2],
      ['two', 3],
    ],
  },
  {
    name: 'two copies that run at once are both heard',
    reads: [
      ['one', tick(1).slice(0, 20)],
      ['two', `${tick(1)}\n`],
      ['one', `${tick(1).slice(20)}\n`],
    ],
    want: [
      ['two', 1],
      ['one', 1],
    ],
  },
  {
    name: 'what the firmware and the kernel say is no line of the system',
    reads: [['one', `SeaBIOS\r\n\nKernel panic - not syncing\n{"event":"tock"}\n${tick(1)}\n`]],
    want: [['one', 1]],
  },
];

describe('lines of a console', () => {
  it.each(cases)('$name', ({ reads, want }) => {
    const console = new ConsoleLines();
    for (const [host, text] of reads) console.add(host, text, 1_000);
    const got = console.lines.map((line) => [line.host, line.event === 'tick' ? line.n : NaN]);
    expect(got).toEqual(want);
  });

  it('bear the time at which their end was read', () => {
    const console = new ConsoleLines();
    console.add('one', tick(1).slice(0, 5), 1_000);
    console.add('one', `${tick(1).slice(5)}\n`, 2_000);
    expect(console.lines[0]?.at).toBe(2_000);
  });
});
