import type { DriverName } from '../api/instance.ts';
import type { Driver } from './driver.ts';
import { driverErrors } from './driver-errors.ts';

/** Stands in for a driver that an Instance names and this operator was not started with: says so to every order. */
export function unconfiguredDriver(name: DriverName): Driver {
  const answer = () =>
    Promise.resolve(driverErrors.unsupported(`This operator was not started with driver ${name}.`));
  return {
    name,
    capabilities: {
      diskSources: [],
      nativeTemplate: false,
      followsOwnerReferences: false,
      placesVms: true,
      migrateRescued: false,
      abort: false,
      postCopy: false,
      autoConverge: false,
      bandwidth: false,
      forceComplete: false,
      notConfigured: true,
    },
    start: () => Promise.resolve(),
    observe: () => undefined,
    define: answer,
    claim: answer,
    restart: answer,
    remove: answer,
    migrate: answer,
    observeMigration: () => undefined,
    abortMigration: answer,
    observeNode: () => undefined,
  };
}
