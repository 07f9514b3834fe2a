import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { ApiError, UnsentError } from '../../../src/kube/api-errors.ts';
import { Controller, soonest } from '../../../src/runtime/controller.ts';
import type { ReconcileReport, ReconcileResult } from '../../../src/runtime/controller.ts';
import { FakeClock, settle } from '../../support/fake-clock.ts';

interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly key?: string;
  readonly retryAfter?: number;
}

interface Setup {
  readonly clock: FakeClock;
  readonly controller: Controller;
  readonly stop: AbortController;
  readonly ended: Promise<void>;
  /** What is said of keys. */
  readonly logged: LogLine[];
  readonly reports: ReconcileReport[];
}

function setUp(reconcile: (key: string) => Promise<ReconcileResult>, workers = 1): Setup {
  const clock = new FakeClock();
  const logged: LogLine[] = [];
  const reports: ReconcileReport[] = [];
  const logger = pino(
    { level: 'info' },
    {
      write: (line: string) => {
        const said = JSON.parse(line) as LogLine;
        if (said.key !== undefined) logged.push(said);
      },
    },
  );
  const controller = new Controller({ name: 'thing', workers, logger, clock, reconcile });
  controller.onReconcile((report) => void reports.push(report));
  const stop = new AbortController();
  return { clock, controller, stop, logged, reports, ended: controller.run(stop.signal) };
}

/** Keys being reconciled; each ends when the test says so. */
function held(): {
  running: string[];
  reconcile: (key: string) => Promise<ReconcileResult>;
  finish: () => void;
} {
  const running: string[] = [];
  const finishers: (() => void)[] = [];
  return {
    running,
    reconcile: (key) =>
      new Promise((resolve) => {
        running.push(key);
        finishers.push(() => resolve({}));
      }),
    finish: () => finishers.shift()?.(),
  };
}

describe('a controller', () => {
  it('reconciles what is enqueued, as many at a time as it has workers', async () => {
    const { running, reconcile, finish } = held();
    const { controller, stop, ended } = setUp(reconcile, 2);

    ['a', 'b', 'c'].forEach((key) => controller.enqueue(key));
    await settle();
    expect(running).toEqual(['a', 'b']);
    finish();
    await settle();
    expect(running).toEqual(['a', 'b', 'c']);

    finish();
    finish();
    stop.abort();
    await ended;
  });

  it('comes back after the time that the reconcile asked for', async () => {
    const times: number[] = [];
    const setup = setUp(() => {
      times.push(setup.clock.monotonic());
      return Promise.resolve({ after: 5_000, because: 'progress is written every 5 s' });
    });

    setup.controller.enqueue('a');
    await setup.clock.advance(10_000);

    expect(times).toEqual([0, 5_000, 10_000]);
  });

  it('logs what a reconcile throws and tries again with growing pauses, until it succeeds', async () => {
    const times: number[] = [];
    const setup = setUp(() => {
      times.push(setup.clock.monotonic());
      return times.length === 4 ? Promise.resolve({}) : Promise.reject(new Error('no'));
    });

    setup.controller.enqueue('a');
    await setup.clock.advance(60_000);

    expect(times).toEqual([0, 5, 15, 35]);
    expect(setup.logged).toMatchObject(
      [5, 10, 20].map((retryAfter) => ({ level: 50, key: 'a', retryAfter })),
    );
    expect(setup.reports.map((report) => report.error instanceof Error)).toEqual([true, true, true, false]);
    expect(setup.clock.pending).toBe(0);
  });

  it('that wants to come again at once lets everybody else come first', async () => {
    let passes = 0;
    const { controller, clock, stop, ended } = setUp(() => {
      passes += 1;
      return Promise.resolve(passes < 1_000 ? { after: 0 } : {});
    });

    controller.enqueue('a');
    await settle();
    expect([passes, clock.pending]).toEqual([1, 1]);

    stop.abort();
    await ended;
  });

  it('begins with a short pause again when there was a success in between', async () => {
    const outcomes = [false, false, true, false];
    const setup = setUp(() =>
      outcomes.shift() === true ? Promise.resolve({}) : Promise.reject(new Error('no')),
    );

    setup.controller.enqueue('a');
    await setup.clock.advance(20);
    setup.controller.enqueue('a');
    await setup.clock.advance(0);

    expect(setup.logged.map((line) => line.retryAfter)).toEqual([5, 10, 5]);
  });

  it.each([
    { results: [], want: undefined },
    { results: [{}, {}], want: undefined },
    { results: [{}, { after: 3 }], want: 3 },
    { results: [{ after: 3 }, { after: 2 }], want: 2 },
  ])('looks again at the soonest of $results', ({ results, want }) => {
    expect(soonest(...results).after).toBe(want);
  });

  it.each([
    ['somebody else wrote first', new ApiError(409, { reason: 'Conflict' })],
    ['somebody else leads', new UnsentError('not sent')],
  ])('logs it as information when %s', async (_what, error) => {
    const { controller, logged } = setUp(() => Promise.reject(error));

    controller.enqueue('a');
    await settle();

    expect(logged).toMatchObject([{ level: 30, key: 'a' }]);
  });

  it('says once that it has caught up: when all that was there at the start has been reconciled', async () => {
    const { running, reconcile, finish } = held();
    const logged: string[] = [];
    const logger = pino(
      { level: 'info' },
      { write: (line: string) => logged.push((JSON.parse(line) as LogLine).msg) },
    );
    const controller = new Controller({
      name: 'thing',
      workers: 1,
      logger,
      clock: new FakeClock(),
      reconcile,
    });
    controller.enqueue('a');
    controller.enqueue('b');
    const stop = new AbortController();
    const ended = controller.run(stop.signal);
    await settle();
    finish();
    await settle();
    expect([running, logged]).toEqual([['a', 'b'], []]);
    finish();
    await settle();
    expect(logged).toEqual(['caught up']);
    controller.enqueue('c');
    await settle();
    finish();
    stop.abort();
    await ended;
    expect(logged).toEqual(['caught up']);
  });

  it('stops: what runs is finished, what waits is not begun', async () => {
    const { running, reconcile, finish } = held();
    const { controller, clock, stop, ended } = setUp(reconcile);
    let over = false;
    void ended.then(() => (over = true));
    controller.enqueue('a');
    controller.enqueue('b');
    controller.enqueueAfter('c', 1_000);
    await settle();

    stop.abort();
    await settle();
    expect(over).toBe(false);
    finish();
    await ended;

    expect(clock.pending).toBe(0);
    expect(running).toEqual(['a']);
  });
});
