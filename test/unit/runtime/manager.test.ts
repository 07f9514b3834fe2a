import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { Manager } from '../../../src/runtime/manager.ts';
import type { Cache, ManagerOptions, Runnable } from '../../../src/runtime/manager.ts';
import { FakeClock, settle } from '../../support/fake-clock.ts';

/** Parts that write down when they start and end. */
class Parts {
  readonly log: string[] = [];
  readonly #ends = new Map<string, PromiseWithResolvers<undefined>>();

  /** Ends when it is stopped, or as `end` and `fail` say; `slow` ones only then. */
  part(name: string, slow = false): Runnable {
    return {
      name,
      run: async (signal) => {
        this.log.push(`${name} starts`);
        const end = Promise.withResolvers<undefined>();
        this.#ends.set(name, end);
        signal.addEventListener('abort', () => {
          this.log.push(`${name} is stopped`);
          if (!slow) end.resolve(undefined);
        });
        await end.promise;
        this.log.push(`${name} ends`);
      },
    };
  }

  cache(name: string): Cache & { sync: () => void } {
    const synced = Promise.withResolvers<undefined>();
    return {
      ...this.part(name),
      synced: async () => {
        await synced.promise;
      },
      sync: () => synced.resolve(undefined),
    };
  }

  end(name: string): void {
    this.#ends.get(name)?.resolve(undefined);
  }

  fail(name: string, error: Error): void {
    this.#ends.get(name)?.reject(error);
  }
}

/** The elector's part that the manager uses. */
class FakeElector {
  readonly #parts: Parts;
  readonly #elected = Promise.withResolvers<undefined>();
  #lost: () => void = () => undefined;
  kept = false;
  readonly name = 'election';

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  run(signal: AbortSignal): Promise<void> {
    return this.#parts.part('election').run(signal);
  }

  async elected(): Promise<void> {
    await this.#elected.promise;
  }

  onLost(handler: () => void): void {
    this.#lost = handler;
  }

  keepLease(): void {
    this.kept = true;
  }

  win(): void {
    this.#elected.resolve(undefined);
  }

  lose(): void {
    this.#lost();
    this.#parts.end('election');
  }
}

interface Setup {
  readonly parts: Parts;
  readonly cache: ReturnType<Parts['cache']>;
  readonly elector: FakeElector;
  readonly clock: FakeClock;
  readonly manager: Manager;
  readonly stop: AbortController;
  readonly run: () => Promise<void>;
}

function setUp(options: { slow?: boolean } = {}): Setup {
  const parts = new Parts();
  const cache = parts.cache('cache');
  const elector = new FakeElector(parts);
  const clock = new FakeClock();
  const logger = pino({ level: 'silent' });
  const manager = new Manager({ logger, clock, elector: elector as unknown as ManagerOptions['elector'] });
  manager.addCache(cache);
  manager.addService(parts.part('service'));
  manager.addController(parts.part('controller', options.slow));
  const stop = new AbortController();
  return { parts, cache, elector, clock, manager, stop, run: () => manager.run(stop.signal) };
}

const ORDERLY_END = [
  'controller is stopped',
  'controller ends',
  'election is stopped',
  'election ends',
  'service is stopped',
  'service ends',
  'cache is stopped',
  'cache ends',
];

describe('a manager', () => {
  it('starts caches, then services, then on the leader controllers, and stops them in the opposite order', async () => {
    const { parts, cache, elector, manager, stop, run } = setUp();
    const running = run();
    await settle();
    expect(parts.log.splice(0)).toEqual(['cache starts']);
    expect(manager.ready).toBe(false);

    cache.sync();
    await settle();
    expect(parts.log.splice(0)).toEqual(['service starts', 'election starts']);
    expect(manager.ready).toBe(true);

    elector.win();
    await settle();
    expect(parts.log.splice(0)).toEqual(['controller starts']);

    stop.abort();
    await running;
    expect(parts.log).toEqual(ORDERLY_END);
    expect(elector.kept).toBe(false);
  });

  it('waits for what controllers are doing before the lease is given back', async () => {
    const { parts, cache, elector, stop, run } = setUp({ slow: true });
    const running = run();
    cache.sync();
    elector.win();
    await settle();

    stop.abort();
    await settle();
    expect(parts.log.at(-1)).toBe('controller is stopped');
    parts.end('controller');
    await running;

    expect(parts.log.slice(-ORDERLY_END.length)).toEqual(ORDERLY_END);
  });

  it('lets the lease run out when a controller does not finish in time', async () => {
    const { parts, cache, elector, clock, stop, run } = setUp({ slow: true });
    const running = run();
    cache.sync();
    elector.win();
    await settle();

    stop.abort();
    await clock.advance(30_000);
    await running;

    expect(elector.kept).toBe(true);
    expect(parts.log).toContain('election ends');
  });

  it('stops everything and fails when leadership is lost', async () => {
    const { parts, cache, elector, run } = setUp();
    const running = run();
    cache.sync();
    elector.win();
    await settle();

    elector.lose();

    await expect(running).rejects.toThrow('leadership lost');
    expect(parts.log).toEqual(expect.arrayContaining(['controller ends', 'service ends', 'cache ends']));
  });

  it.each(['cache', 'service', 'controller'])('stops everything and fails when a %s fails', async (name) => {
    const { parts, cache, elector, run } = setUp();
    const running = run();
    cache.sync();
    elector.win();
    await settle();

    parts.fail(name, new Error('port in use'));

    await expect(running).rejects.toThrow('port in use');
    expect(parts.log).toContain('cache is stopped');
  });

  it('takes a part that ends by itself for broken', async () => {
    const { parts, cache, run } = setUp();
    const running = run();
    cache.sync();
    await settle();

    parts.end('service');

    await expect(running).rejects.toThrow('service ended by itself');
  });

  it.each(['before its caches are there', 'while it is a standby'])('stops in order %s', async (when) => {
    const { parts, cache, stop, run } = setUp();
    const running = run();
    if (when === 'while it is a standby') cache.sync();
    await settle();

    stop.abort();
    await running;

    expect(parts.log.at(-1)).toBe('cache ends');
    expect(parts.log).not.toContain('controller starts');
  });

  it('runs controllers without an election where there is no elector', async () => {
    const parts = new Parts();
    const manager = new Manager({ logger: pino({ level: 'silent' }) });
    manager.addController(parts.part('controller'));
    const stop = new AbortController();
    const running = manager.run(stop.signal);
    await settle();

    expect(parts.log).toEqual(['controller starts']);
    stop.abort();
    await running;
  });
});
