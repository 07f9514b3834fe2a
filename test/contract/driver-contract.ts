import { afterAll, afterEach, beforeAll, describe } from '@jest/globals';
import { Bench } from './bench.ts';
import type { DriverHarness } from './driver-harness.ts';
import { migrationRows } from './migration-rows.ts';
import { ownershipRows } from './ownership-rows.ts';
import { placedRows, placementRows } from './placement-rows.ts';
import { powerRows } from './power-rows.ts';
import { unsupportedRows } from './unsupported-rows.ts';

/** How long the backend may take to come up. Milliseconds. */
const START_TIMEOUT = 120_000;

/** Who finds the node of a VM; what the driver says in `capabilities.placesVms`. */
export type Placement = 'ByBackend' | 'ByOrder';

/**
 * What every driver must do, as the doc comments of the port say it. A driver is done when this passes. One backend
 * serves all rows; each row has VMs of its own.
 */
export function describeDriver(
  name: string,
  makeHarness: () => Promise<DriverHarness>,
  placement: Placement = 'ByBackend',
): void {
  describe(`the driver contract: ${name}`, () => {
    const held: { bench?: Bench } = {};

    beforeAll(async () => {
      held.bench = new Bench(await makeHarness());
      await held.bench.start();
    }, START_TIMEOUT);

    afterAll(async () => {
      await held.bench?.stop();
    }, START_TIMEOUT);

    afterEach(async () => {
      await held.bench?.clear();
    }, START_TIMEOUT);

    const bench = (): Bench => {
      if (held.bench === undefined) throw new Error('the backend did not start');
      return held.bench;
    };
    powerRows(bench);
    ownershipRows(bench);
    migrationRows(bench);
    if (placement === 'ByBackend') placementRows(bench);
    else placedRows(bench);
    unsupportedRows(bench);
  });
}
