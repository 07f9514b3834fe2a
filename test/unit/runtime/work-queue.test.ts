import { describe, expect, it } from '@jest/globals';
import { WorkQueue } from '../../../src/runtime/work-queue.ts';
import { FakeClock, settle } from '../../support/fake-clock.ts';

const NEVER = new AbortController().signal;

function setUp(): { clock: FakeClock; queue: WorkQueue } {
  const clock = new FakeClock();
  return { clock, queue: new WorkQueue({ clock }) };
}

async function take(queue: WorkQueue, signal = NEVER): Promise<string | undefined> {
  return (await queue.take(signal))?.key;
}

/** Everything that waits now, in order; taken and done. */
async function drain(queue: WorkQueue): Promise<(string | undefined)[]> {
  const keys: (string | undefined)[] = [];
  while (queue.length > 0) {
    const key = await take(queue);
    keys.push(key);
    queue.done(key ?? '');
  }
  return keys;
}

describe('a work queue', () => {
  it('gives keys in the order they came, each once however often it was added', async () => {
    const { queue } = setUp();

    ['a', 'b', 'a', 'c', 'b'].forEach((key) => queue.add(key));

    expect(await drain(queue)).toEqual(['a', 'b', 'c']);
  });

  it('never gives a key to two workers', async () => {
    const { queue } = setUp();
    queue.add('a');
    expect(await take(queue)).toBe('a');

    queue.add('a');
    const second = take(queue);
    queue.add('b');

    expect(await second).toBe('b');
    expect(queue.length).toBe(0);
  });

  it('gives a key again that was added while somebody worked on it, once', async () => {
    const { queue } = setUp();
    queue.add('a');
    await queue.take(NEVER);

    queue.add('a');
    queue.add('a');
    queue.done('a');

    expect(await drain(queue)).toEqual(['a']);
  });

  it('wakes the worker that has waited longest, one for each key', async () => {
    const { queue } = setUp();
    const got: string[] = [];
    const work = async (worker: string): Promise<void> => {
      got.push(`${worker} ${(await take(queue)) ?? ''}`);
    };
    void work('first');
    void work('second');

    queue.add('a');
    queue.add('b');
    await settle();

    expect(got).toEqual(['first a', 'second b']);
  });

  it('gives nothing when it is told to stop, and loses nothing by it', async () => {
    const { queue } = setUp();
    const stop = new AbortController();
    const waiting = queue.take(stop.signal);

    stop.abort();
    expect(await waiting).toBeUndefined();
    queue.add('a');

    expect(await queue.take(stop.signal)).toBeUndefined();
    expect(await take(queue)).toBe('a');
  });
});

describe('what a work queue tells of itself', () => {
  it('counts a key once while it waits, and again when it comes back', async () => {
    const { clock, queue } = setUp();
    ['a', 'b', 'a'].forEach((key) => queue.add(key));
    await queue.take(NEVER);
    queue.retry('a');
    queue.done('a');
    await clock.advance(5);

    expect(queue.stats).toEqual({ adds: 3, retries: 1 });
  });

  it('says how long a key has waited, and how long it has been worked on', async () => {
    const { clock, queue } = setUp();
    queue.add('a');
    await clock.advance(30);
    const first = await queue.take(NEVER);
    const second = queue.take(NEVER);
    await clock.advance(7);
    queue.add('b');

    expect([first, await second]).toEqual([
      { key: 'a', waited: 30 },
      { key: 'b', waited: 0 },
    ]);
    await clock.advance(3);
    expect(queue.processingTimes()).toEqual([10, 3]);
    queue.done('a');
    expect(queue.processingTimes()).toEqual([3]);
  });
});

describe('a delayed key', () => {
  it('comes when its time has come', async () => {
    const { clock, queue } = setUp();
    queue.addAfter('a', 1_000);

    await clock.advance(999);
    expect(queue.length).toBe(0);
    await clock.advance(1);
    expect(await drain(queue)).toEqual(['a']);
  });

  it.each([
    ['the second is earlier', 5_000, 1_000],
    ['the first is earlier', 1_000, 5_000],
  ])('that is delayed twice comes once, at the earlier time: %s', async (_, first, second) => {
    const { clock, queue } = setUp();

    queue.addAfter('a', first);
    queue.addAfter('a', second);

    expect(clock.pending).toBe(1);
    await clock.advance(1_000);
    expect(await drain(queue)).toEqual(['a']);
    await clock.advance(10_000);
    expect(queue.length).toBe(0);
  });

  it('without delay comes at once', async () => {
    const { clock, queue } = setUp();

    queue.addAfter('a', 0);

    expect(await drain(queue)).toEqual(['a']);
    expect(clock.pending).toBe(0);
  });

  it('keeps no timer when the queue is closed', () => {
    const { clock, queue } = setUp();
    queue.addAfter('a', 1_000);

    queue.close();

    expect(clock.pending).toBe(0);
  });
});

describe('the back-off of a key', () => {
  it('doubles from 5 ms to 1000 s', () => {
    const { queue } = setUp();

    const pauses = Array.from({ length: 20 }, () => queue.retry('a'));

    expect(pauses.slice(0, 5)).toEqual([5, 10, 20, 40, 80]);
    expect(pauses[17]).toBe(655_360);
    expect(pauses.slice(18)).toEqual([1_000_000, 1_000_000]);
  });

  it('is its own, and starts again after a success', () => {
    const { queue } = setUp();
    queue.retry('a');
    queue.retry('a');

    expect(queue.retry('b')).toBe(5);
    queue.forget('a');
    expect(queue.retry('a')).toBe(5);
  });

  it('brings the key back when it is over', async () => {
    const { clock, queue } = setUp();

    await clock.advance(100);
    queue.retry('a');
    await clock.advance(5);

    expect(await drain(queue)).toEqual(['a']);
  });
});
