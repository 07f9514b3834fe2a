import { describe, expect, it } from '@jest/globals';
import { finalFigures, finalProgress } from '../../../../src/drivers/libvirt/final-figures.ts';
import { parseStatistics } from '../../../../src/drivers/libvirt/statistics.ts';

// What a destination of libvirt 9.0 says.
const COMPLETED = `Job type: 3

operation: 4
time_elapsed: 6963
downtime: 377
data_total: 134750208
data_processed: 97961013
data_remaining: 0
memory_total: 134750208
memory_processed: 97961013
memory_remaining: 0
disk_total: 0
disk_processed: 0
disk_remaining: 0
`;

const FIGURES = {
  downtime: 377,
  memoryTotalBytes: 134750208,
  memoryProcessedBytes: 97961013,
  diskTotalBytes: 0,
  diskProcessedBytes: 0,
};

describe('what libvirt says of a transfer that is over', () => {
  it.each([
    ['received it', COMPLETED],
    ['sent it', COMPLETED.replace('operation: 4', 'operation: 5')],
  ])('is read where the host has %s', (_who, text) => {
    expect(finalFigures(parseStatistics(text))).toEqual(FIGURES);
  });

  it('has what libvirt says, and no more', () => {
    const text = 'Job type: 3\noperation: 4\nmemory_total: 134750208\ndowntime: -1\n';
    expect(finalFigures(parseStatistics(text))).toEqual({ memoryTotalBytes: 134750208 });
  });

  it.each([
    ['it goes on', COMPLETED.replace('Job type: 3', 'Job type: 2')],
    ['it failed', COMPLETED.replace('Job type: 3', 'Job type: 4')],
    ['it was another job, as a dump', COMPLETED.replace('operation: 4', 'operation: 7')],
    ['there was none', 'Job type: 0'],
    ['libvirt says nothing', ''],
  ])('is nothing where %s', (_why, text) => {
    expect(finalFigures(parseStatistics(text))).toBeUndefined();
  });
});

describe('the progress of a transfer that arrived', () => {
  it('is all of it', () => {
    expect(finalProgress(FIGURES)).toEqual({
      percent: 100,
      memoryTotalBytes: 134750208,
      memoryProcessedBytes: 97961013,
      memoryRemainingBytes: 0,
      diskTotalBytes: 0,
      diskProcessedBytes: 0,
      diskRemainingBytes: 0,
    });
  });

  it('is so without figures as well', () => {
    expect(finalProgress(undefined)).toEqual({
      percent: 100,
      memoryRemainingBytes: 0,
      diskRemainingBytes: 0,
    });
  });
});
