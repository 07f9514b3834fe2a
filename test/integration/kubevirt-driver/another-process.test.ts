import { describe, expect, it } from '@jest/globals';
import { ACCEPTED } from '../../../src/domain/outcome.ts';
import { vmListener } from '../../builders/driver-listener.ts';
import { untilBooted } from './bench.ts';
import { ROW_TIMEOUT, useSession } from './session.ts';

const session = useSession();

describe('a boot of a VM that another process has stored', () => {
  it(
    'is asked for, and ended if it runs',
    async () => {
      const { key, running } = await session.boot();
      const second = await session.anotherDriver();

      expect(await second.restart(key, running.bootId)).toEqual(ACCEPTED);

      const next = await untilBooted(session.driver, key, running.bootId);
      expect(next.bootId).not.toBe(running.bootId);
      expect(session.bench.requestsAbout(key.name)).toEqual(['PATCH', 'GET', 'GET', 'PUT restart']);
    },
    ROW_TIMEOUT,
  );

  it(
    'is not ended once more by one whose watches are behind',
    async () => {
      const { key, running } = await session.boot();
      const behind = session.bench.newDriver();
      const watching = new AbortController();
      await behind.start(
        vmListener(() => undefined),
        watching.signal,
      );
      watching.abort();
      await session.driver.restart(key, running.bootId);
      const next = await untilBooted(session.driver, key, running.bootId);
      expect(behind.observe(key)?.running?.bootId).toBe(running.bootId);

      expect(await behind.restart(key, running.bootId)).toEqual(ACCEPTED);

      expect(session.driver.observe(key)?.running).toMatchObject({ bootId: next.bootId, phase: 'Running' });
      const orders = session.bench.requestsAbout(key.name).filter((request) => request !== 'GET');
      expect(orders).toEqual(['PATCH', 'PUT restart']);
    },
    ROW_TIMEOUT,
  );
});
