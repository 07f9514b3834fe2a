import { describe, expect, it } from '@jest/globals';
import type { VmMemory } from '../../../../src/drivers/libvirt/settle.ts';
import { afterFailure, afterStart, FRESH_START } from '../../../../src/drivers/libvirt/start-pause.ts';

/** What is remembered when a guest is started at these instants. */
function startedAt(...instants: readonly number[]): VmMemory {
  return instants.reduce<VmMemory>((memory, now) => ({ ...memory, ...afterStart(memory, now) }), {});
}

describe('the pause before a guest is started again', () => {
  it('doubles with each start that fails, up to five minutes', () => {
    let memory: VmMemory = {};
    const pauses = Array.from({ length: 8 }, () => {
      memory = { ...memory, ...afterFailure(memory, 'no such volume', 1_000) };
      return (memory.failedStart?.retryAt ?? 0) - 1_000;
    });
    expect(pauses).toEqual([5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]);
    expect(memory.failedStart?.words).toBe('no such volume');
  });

  it('is none when it powers itself off the first time', () => {
    expect(startedAt(0).failedStart).toBeUndefined();
  });

  it('grows when it ends soon after each start, and says so', () => {
    expect(startedAt(0, 10_000).failedStart).toEqual({
      attempts: 1,
      retryAt: 15_000,
      words: 'the guest has ended soon after its start, 1 time(s) in a row',
    });
    expect(startedAt(0, 10_000, 20_000, 40_000).failedStart).toMatchObject({ attempts: 3, retryAt: 60_000 });
  });

  it('is none again when it has run for a while', () => {
    expect(startedAt(0, 10_000, 90_000).failedStart).toBeUndefined();
  });

  it('is none after an order, which may have changed what was wrong', () => {
    const memory = { ...startedAt(0, 10_000, 20_000), ...FRESH_START };
    expect(afterStart(memory, 25_000).failedStart).toBeUndefined();
  });
});
