import { beforeEach, describe, expect, it } from '@jest/globals';
import { SteadyClock } from '../../../src/runtime/steady-clock.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const [SECOND, MINUTE, HOUR] = [1_000, 60_000, 3_600_000];
const BEGIN = Date.UTC(2026, 0, 1);

describe('a steady clock', () => {
  let wall: FakeClock;
  let clock: SteadyClock;
  let steps: number[];

  beforeEach(() => {
    wall = new FakeClock(BEGIN);
    steps = [];
    clock = new SteadyClock({ clock: wall, onStep: (ms) => steps.push(ms) });
  });

  /** Looks at it each second, as an operator does that is at work. */
  function pass(ms: number): void {
    for (let passed = 0; passed < ms; passed += SECOND) {
      wall.jump(SECOND);
      clock.now();
    }
  }

  it('is the wall clock where that goes as it should', () => {
    pass(HOUR);

    expect([clock.now(), steps]).toEqual([BEGIN + HOUR, []]);
  });

  it.each([HOUR, -HOUR])('goes on through a step of %d ms that goes back within minutes', (step) => {
    pass(MINUTE);
    wall.step(step);
    pass(4 * MINUTE);
    expect(clock.now()).toBe(BEGIN + 5 * MINUTE);

    wall.step(-step);
    pass(MINUTE);

    expect([clock.now(), steps]).toEqual([BEGIN + 6 * MINUTE, [step]]);
  });

  it.each([HOUR, -HOUR])('believes a step of %d ms that has stayed for five minutes', (step) => {
    wall.step(step);
    clock.now();
    pass(5 * MINUTE - SECOND);
    expect(clock.now()).toBe(BEGIN + 5 * MINUTE - SECOND);

    pass(SECOND);

    expect(clock.now()).toBe(BEGIN + step + 5 * MINUTE);
  });

  it('counts anew for a step that follows another one', () => {
    wall.step(HOUR);
    pass(4 * MINUTE);
    wall.step(HOUR);
    pass(4 * MINUTE);

    expect([clock.now(), steps]).toEqual([BEGIN + 8 * MINUTE, [HOUR, 2 * HOUR]]);
  });

  it('follows what a time server sets right by a little at once', () => {
    for (let turn = 0; turn < 5; turn += 1) {
      wall.step(-2 * SECOND);
      pass(MINUTE);
    }

    expect([clock.now(), steps]).toEqual([BEGIN + 5 * MINUTE - 10 * SECOND, []]);
  });

  it('believes nothing that it was asked for the first time when it was over', () => {
    wall.step(HOUR);
    wall.jump(HOUR);
    wall.step(-HOUR);

    expect(clock.now()).toBe(BEGIN + HOUR);
  });
});
