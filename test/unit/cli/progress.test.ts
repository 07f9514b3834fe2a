import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ageText, durationText } from '../../../src/cli/duration-text.ts';
import { progressLine, sampled } from '../../../src/cli/progress.ts';
import { aMigrationObject, NOW } from './objects.ts';

const MI = 2 ** 20;
const at = (second: number) => new Date(NOW + second * 1_000).toISOString();

const figures = (second: number, processed: number) => ({
  percent: processed / MI / 10,
  memoryTotalBytes: 1_000 * MI,
  memoryProcessedBytes: processed,
  memoryRemainingBytes: 1_000 * MI - processed,
  observedTime: at(second),
});

describe('the progress of a migration', () => {
  it('has bytes, speed and an expected end where the driver says them', () => {
    const [first, second] = [100, 300].map((mebibytes, index) =>
      aMigrationObject({
        status: {
          destination: { node: 'node-b' },
          startTime: at(-10),
          progress: figures(index * 5, mebibytes * MI),
        },
      }),
    );
    const before = sampled(undefined, first?.status.progress);
    expect(progressLine(first ?? aMigrationObject(), before, NOW)).toBe(
      'web-1-away Running from node-a to node-b  [##------------------] 10%  100.0 MiB of 1000.0 MiB  10s',
    );
    const after = sampled(before, second?.status.progress);
    expect(progressLine(second ?? aMigrationObject(), after, NOW + 5_000)).toBe(
      'web-1-away Running from node-a to node-b  [######--------------] 30%  300.0 MiB of 1000.0 MiB  40.0 MiB/s  17s left  15s',
    );
  });

  it('is phase and time where the driver has no figures', () => {
    const migration = aMigrationObject({ status: { startTime: at(-75) } });
    expect(progressLine(migration, undefined, NOW)).toBe('web-1-away Running from node-a  75s');
  });

  it('says what it waits for while it is queued', () => {
    const conditions = [
      { type: 'Reconciling', status: 'True', message: 'Another operation holds the Instance.' },
    ];
    const migration = aMigrationObject({
      metadata: { creationTimestamp: at(-5) },
      status: { phase: 'Queued', source: undefined, conditions },
    });
    expect(progressLine(migration, undefined, NOW)).toBe(
      'web-1-away Queued  5s  Another operation holds the Instance.',
    );
  });

  it('makes no speed of figures that go back, as at another attempt, or that are the same', () => {
    const first = sampled(undefined, figures(0, 500 * MI));
    expect(sampled(first, figures(5, 100 * MI))).toEqual({
      at: NOW + 5_000,
      processed: 100 * MI,
      speed: undefined,
    });
    expect(sampled(first, figures(0, 500 * MI))).toBe(first);
    expect(sampled(first, undefined)).toBe(first);
  });
});

describe('amounts', () => {
  it.each([
    [0, '0 B'],
    [1_023, '1023 B'],
    [1_536, '1.5 KiB'],
    [4 * 2 ** 30, '4.0 GiB'],
    [5_000 * 2 ** 40, '5000.0 TiB'],
  ])('%d bytes are %s', (memoryProcessedBytes, want) => {
    const progress = { memoryProcessedBytes, observedTime: at(0) };
    expect(progressLine(aMigrationObject({ status: { progress } }), undefined, NOW)).toContain(`  ${want}  `);
  });

  it.each([
    [-5_000, '0s'],
    [119_000, '119s'],
    [120_000, '2m'],
    [150_000, '2m30s'],
    [659_000, '10m'],
    [4 * 3_600_000, '4h'],
    [5.5 * 3_600_000, '5h30m'],
    [30 * 3_600_000, '30h'],
    [75 * 3_600_000, '3d3h'],
    [400 * 24 * 3_600_000, '400d'],
  ])('%d milliseconds are %s', (ms, want) => {
    expect(durationText(ms)).toBe(want);
  });

  it('are never written with more than two units', () => {
    fc.assert(
      fc.property(fc.nat(10 ** 12), (ms) => {
        expect(durationText(ms)).toMatch(/^\d+[smhd](\d+[smhd])?$/);
      }),
    );
  });

  it('of no time are a dash', () => {
    expect([ageText(undefined, NOW), ageText('', NOW), ageText(at(-3), NOW)]).toEqual(['-', '-', '3s']);
  });
});
