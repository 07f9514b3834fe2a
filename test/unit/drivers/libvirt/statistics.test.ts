import { describe, expect, it } from '@jest/globals';
import {
  daemonVersion,
  hasBoard,
  guestState,
  parseStatistics,
  transferJob,
} from '../../../../src/drivers/libvirt/statistics.ts';

const JOB = `Job type: 2

operation: 5
time_elapsed: 699
data_total: 134610944
data_remaining: 51191808
memory_total: 134610944
memory_processed: 318460
memory_remaining: 51191808
disk_total: 0
disk_processed: 0
disk_remaining: 0
`;

describe('what libvirt says of a transfer', () => {
  it('is read with its figures', () => {
    expect(transferJob(parseStatistics(JOB))).toEqual({
      progress: {
        percent: 61,
        memoryTotalBytes: 134610944,
        memoryProcessedBytes: 318460,
        memoryRemainingBytes: 51191808,
        diskTotalBytes: 0,
        diskProcessedBytes: 0,
        diskRemainingBytes: 0,
      },
    });
  });

  it('has no percentage before it knows how much there is, and never more than all', () => {
    const percentOf = (total: number, remaining: number) =>
      transferJob(
        parseStatistics(`Job type: 2\noperation: 5\ndata_total: ${total}\ndata_remaining: ${remaining}`),
      )?.progress.percent;
    expect([percentOf(0, 0), percentOf(100, 200), percentOf(100, 0)]).toEqual([undefined, 0, 100]);
  });

  it.each([
    ['there is no job', 'Job type: 0'],
    ['it comes in', 'Job type: 2\noperation: 4'],
    ['it is over', 'Job type: 3\noperation: 5'],
    ['libvirt says nothing', ''],
  ])('is none where %s', (_why, text) => {
    expect(transferJob(parseStatistics(text))).toBeUndefined();
  });
});

describe('the state of a domain', () => {
  it.each([
    ['1', '1', 'Running'],
    ['1', '10', 'PostCopy'],
    ['1', '11', 'PostCopyFailed'],
    ['2', '0', 'Running'],
    ['3', '1', 'Paused'],
    ['3', '2', 'Moving'],
    ['3', '5', 'Paused'],
    ['3', '11', 'Starting'],
    ['3', '12', 'Moving'],
    ['3', '13', 'PostCopyFailed'],
    ['4', '0', 'Stopping'],
    ['5', '1', 'Off'],
    ['6', '1', 'Crashed'],
    ['7', '0', 'Paused'],
    ['99', '0', 'Paused'],
  ])('%s for reason %s is %s', (state, reason, want) => {
    const text = `Domain: 'team-a.web-1'\n  state.state=${state}\n  state.reason=${reason}\n`;
    expect(guestState(parseStatistics(text))).toBe(want);
  });
});

describe('a host', () => {
  const qemu = (version: string) => `Running hypervisor: QEMU ${version}\nRunning against daemon: 9.0.0\n`;
  it.each([
    ['7.2.22', 'pc-q35-7.2', true],
    ['10.0.2', 'pc-q35-7.2', true],
    ['7.1.0', 'pc-q35-7.2', false],
    ['6.9.0', 'pc-q35-7.2', false],
    ['9.0.0', 'pc-q35-rhel9.4.0', true],
  ])('with QEMU %s has the board %s: %s', (version, board, want) => {
    expect(hasBoard(qemu(version), board)).toBe(want);
  });

  it('that says no version of QEMU has none', () => {
    expect(hasBoard('Running against daemon: 9.0.0\n', 'pc-q35-7.2')).toBe(false);
  });
});

describe('the version of the daemon', () => {
  it('is what it says of itself, not what virsh was built with', () => {
    const text =
      'Using library: libvirt 10.1.0\nRunning hypervisor: QEMU 7.2.22\nRunning against daemon: 9.0.0\n';
    expect([daemonVersion(text), daemonVersion('')]).toEqual(['9.0.0', undefined]);
  });
});
