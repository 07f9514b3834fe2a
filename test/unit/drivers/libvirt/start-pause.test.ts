import { describe, expect, it } from '@jest/globals';
import type { VmMemory } from '../../../../src/drivers/libvirt/settle.ts';
import {
  afterCrash,
  afterFailure,
  afterStart,
  FRESH_START,
} from '../../../../src/drivers/libvirt/start-pause.ts';

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

  it('is there after a crash, so that it can be looked at, and grows with crashes in a row', () => {
    let memory: VmMemory = {};
    let now = 0;
    const pauses = Array.from({ length: 9 }, (_, at) => {
      memory = { ...memory, ...afterStart(memory, now) };
      memory = { ...memory, ...afterCrash(memory, `boot-${at}`, now + 8_000) };
      const { restartAt = 0 } = memory.crash ?? {};
      const pause = restartAt - (now + 8_000);
      now = restartAt;
      return pause;
    });
    expect(pauses).toEqual([5_000, 5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]);
    expect(memory.crash?.bootId).toBe('boot-8');
    expect(afterCrash(memory, 'boot-8', now + 60_000).crash?.restartAt).toBe(now + 65_000);
  });

  it('after a crash is the shortest where nobody knows when it was started', () => {
    expect(afterCrash({}, 'boot-1', 1_000)).toEqual({ crash: { bootId: 'boot-1', restartAt: 6_000 } });
  });

  it('is none after an order, which may have changed what was wrong', () => {
    const memory = { ...startedAt(0, 10_000, 20_000), ...FRESH_START };
    expect(afterStart(memory, 25_000).failedStart).toBeUndefined();
  });
});
