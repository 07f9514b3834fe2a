import { describe, expect, it } from '@jest/globals';
import { ACCEPTED } from '../../../src/domain/outcome.ts';
import { ApiError } from '../../../src/kube/api-errors.ts';
import { Transport, type ApiRequest } from '../../../src/kube/transport.ts';
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

/** virt-api as it is while the VM's status has a request to stop or start it, of whichever boot. */
class UnderWay extends Transport {
  /** What becomes of a restart that is refused: another one like it may have been carried out. */
  protected readonly before: (request: ApiRequest) => Promise<unknown> = () => Promise.resolve();
  #isOver = false;

  override async request<T>(request: ApiRequest): Promise<T> {
    if (!request.path.endsWith('/restart') || this.#isOver) return super.request<T>(request);
    this.#isOver = true;
    await this.before(request);
    const message = 'Internal error occurred: unable to complete request: stop/start already underway';
    throw new ApiError(500, { reason: 'InternalError', message });
  }
}

class UnderWayWithThis extends UnderWay {
  protected override readonly before = (request: ApiRequest) => super.request(request);
}

describe('a restart that virt-api refuses since one is under way', () => {
  it(
    'is not given again where that is of this boot',
    async () => {
      const { key, running } = await session.boot();
      const driver = await session.anotherDriver(undefined, session.bench.newDriver(UnderWayWithThis));

      expect(await driver.restart(key, running.bootId)).toEqual(ACCEPTED);

      expect(driver.observe(key)?.running).not.toMatchObject({ bootId: running.bootId, phase: 'Running' });
      await untilBooted(driver, key, running.bootId);
    },
    ROW_TIMEOUT,
  );

  it(
    'is given again where that is of another boot',
    async () => {
      const { key, running } = await session.boot();
      const driver = await session.anotherDriver(undefined, session.bench.newDriver(UnderWay));

      expect(await driver.restart(key, running.bootId)).toEqual({
        kind: 'Busy',
        message: `KubeVirt has not done yet with an earlier stop or start of VM default/${key.name}.`,
      });

      expect(driver.observe(key)?.running).toMatchObject({ bootId: running.bootId, phase: 'Running' });
      expect(await driver.restart(key, running.bootId)).toEqual(ACCEPTED);
      await untilBooted(driver, key, running.bootId);
    },
    ROW_TIMEOUT,
  );
});
