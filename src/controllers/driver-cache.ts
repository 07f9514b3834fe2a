import { once } from 'node:events';
import type { Driver, DriverListener } from '../drivers/driver.ts';
import type { Cache } from '../runtime/manager.ts';

/** A driver is a cache, too: it has seen everything before anybody decides. */
export function driverCache(driver: Driver, listener: DriverListener): Cache {
  const started = Promise.withResolvers<undefined>();
  return {
    name: `driver ${driver.name}`,
    run: async (signal) => {
      await driver.start(listener, signal);
      started.resolve(undefined);
      if (!signal.aborted) await once(signal, 'abort');
    },
    synced: () => started.promise,
  };
}
