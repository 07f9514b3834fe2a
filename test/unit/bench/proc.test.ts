import { describe, expect, it } from '@jest/globals';
import { cpuMsFromStat, memoryFromStatus } from '../../../bench/measure/proc.ts';

/** The line of a process, with the fields behind its name as the kernel has them. */
function statOf(program: string, user: number, system: number): string {
  return `4711 (${program}) S 1 4711 4711 0 -1 4194304 100 0 0 0 ${user} ${system} 7 7 20 0 12 0 1234 99 88`;
}

describe('CPU time', () => {
  it.each([
    { name: 'is user and system time', stat: statOf('etcd', 12, 3), want: 150 },
    { name: 'is read behind the name, whatever is in it', stat: statOf('a) R 1 (b', 100, 0), want: 1_000 },
  ])('$name', ({ stat, want }) => {
    expect(cpuMsFromStat(stat)).toBe(want);
  });

  it('is not made up', () => {
    expect(() => cpuMsFromStat('4711 (etcd) S 1')).toThrow('not a /proc/PID/stat');
  });
});

describe('memory', () => {
  it('is what is resident now, and was at its highest, in MB', () => {
    const status =
      'Name:\tnode\nVmPeak:\t  999999 kB\nVmHWM:\t  125000 kB\nVmRSS:\t   62500 kB\nThreads:\t11\n';
    expect(memoryFromStatus(status)).toEqual({ now: 64, peak: 128 });
  });

  it('is not made up for one that has ended', () => {
    expect(() => memoryFromStatus('Name:\tnode\nState:\tZ (zombie)\n')).toThrow('no VmRSS');
  });
});
