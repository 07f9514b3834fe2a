import { describe, expect, it } from '@jest/globals';
import { sleep, systemClock } from '../../../src/runtime/clock.ts';
import { FakeClock } from '../../support/fake-clock.ts';

describe('a sleep', () => {
  it('ends when its time is over', async () => {
    const clock = new FakeClock();
    let awake = false;
    void sleep(clock, 100, new AbortController().signal).then(() => (awake = true));

    await clock.advance(99);
    expect(awake).toBe(false);
    await clock.advance(1);
    expect(awake).toBe(true);
  });

  it('ends at once when it is told to, and leaves no timer behind', async () => {
    const clock = new FakeClock();
    const stop = new AbortController();
    const sleeping = sleep(clock, 100, stop.signal);

    stop.abort();
    await sleeping;
    await sleep(clock, 100, stop.signal);

    expect(clock.pending).toBe(0);
  });
});

describe('the clock of the system', () => {
  it('does not fire at once for a time that Node can not count', async () => {
    let fired = false;
    const cancel = systemClock.setTimeout(() => (fired = true), 2 ** 40);

    await new Promise((resolve) => setTimeout(resolve, 5));
    cancel();

    expect(fired).toBe(false);
  });

  it('never goes back', () => {
    const before = systemClock.monotonic();

    expect(systemClock.monotonic()).toBeGreaterThanOrEqual(before);
    expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(1_000);
  });
});
