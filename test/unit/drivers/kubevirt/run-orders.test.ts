import { beforeEach, describe, expect, it } from '@jest/globals';
import { ACCEPTED, type Outcome } from '../../../../src/domain/outcome.ts';
import { driverErrors } from '../../../../src/drivers/driver-errors.ts';
import type { VirtualMachine } from '../../../../src/drivers/kubevirt/resources.ts';
import { RunOrders } from '../../../../src/drivers/kubevirt/run-orders.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { aVirtualMachine } from './objects.ts';

const KEY = { namespace: 'vms', name: 'vm-a' };
const LOST = driverErrors.unavailable('the connection was reset');
const BUSY = driverErrors.busy('it is there already');
const A_MINUTE = 60_000;

const ordered = aVirtualMachine();
/** KubeVirt has not seen yet what was ordered last. */
const untold = { created: false, runStrategy: 'Halted' };
const off = aVirtualMachine({ spec: { runStrategy: 'Halted' }, status: untold });
const on = aVirtualMachine({ status: untold });
const takenUp = aVirtualMachine({ status: { runStrategy: 'Always' } });

let clock: FakeClock;
let orders: RunOrders;
/** What is seen, what is stored, and how often the API server was asked for that. */
let seen: VirtualMachine | undefined;
let stored: VirtualMachine | undefined;
let looks: number;
let isAway: boolean;

beforeEach(() => {
  clock = new FakeClock();
  [seen, stored, looks, isAway] = [undefined, undefined, 0, false];
  orders = new RunOrders({
    clock,
    seen: () => seen,
    look: () => {
      looks += 1;
      if (isAway) return Promise.reject(new Error('nobody answers'));
      see(stored);
      return Promise.resolve();
    },
    onChange: () => undefined,
  });
});

function see(vm: VirtualMachine | undefined): void {
  seen = vm;
  orders.see(KEY, vm);
}

const give = (outcome: Outcome) => orders.give(KEY, ordered, () => Promise.resolve(outcome));
const mayRun = () => orders.of(KEY) !== undefined;

describe('a VM that was ordered to run', () => {
  it('may run from the moment in which that is asked', () => {
    const answer = Promise.withResolvers<Outcome>();
    void orders.give(KEY, ordered, () => answer.promise);
    expect(mayRun()).toBe(true);
  });

  it('does not run where that is refused', async () => {
    await give(BUSY);
    expect(mayRun()).toBe(false);
  });

  it('is for KubeVirt to tell of from the moment in which it has taken that up', async () => {
    see(off);
    await give(ACCEPTED);
    see(on);
    expect(mayRun()).toBe(true);
    see(takenUp);
    expect(mayRun()).toBe(false);
  });

  it('and stopped before KubeVirt says that it has seen it, may run for a minute', async () => {
    see(off);
    await give(ACCEPTED);
    see(on);
    await clock.advance(A_MINUTE);
    see(off);
    orders.stopped(KEY);
    await clock.advance(A_MINUTE - 1);
    expect(mayRun()).toBe(true);
    await clock.advance(1);
    expect(mayRun()).toBe(false);
    expect(looks).toBe(0);
  });

  it('keeps no process alive that is to end, nor does one that is ordered later', async () => {
    await give(LOST);
    orders.close();
    await give(ACCEPTED);
    expect(clock.pending).toBe(0);
  });

  it('is gone when it is deleted', async () => {
    await give(ACCEPTED);
    see(on);
    see(undefined);
    expect(mayRun()).toBe(false);
  });
});

describe('a VM that was ordered to run, where the answer was lost', () => {
  it('may run for a minute; then the API server is asked once, and it was never made', async () => {
    await give(LOST);
    await clock.advance(A_MINUTE - 1);
    expect([mayRun(), looks]).toEqual([true, 0]);
    await clock.advance(1);
    expect([mayRun(), looks]).toEqual([false, 1]);
  });

  it('is seen when the API server is asked, however late the watch is', async () => {
    await give(LOST);
    stored = takenUp;
    await clock.advance(A_MINUTE);
    expect(seen).toBe(takenUp);
    expect(mayRun()).toBe(false);
  });

  it('may run until the API server answers', async () => {
    await give(LOST);
    isAway = true;
    await clock.advance(A_MINUTE);
    expect([mayRun(), looks]).toEqual([true, 1]);
    isAway = false;
    await clock.advance(A_MINUTE);
    expect([mayRun(), looks]).toEqual([false, 2]);
  });

  it('was made when it is seen: it can not be made once more', async () => {
    await give(LOST);
    see(takenUp);
    expect(mayRun()).toBe(false);
    await clock.advance(A_MINUTE);
    expect(looks).toBe(0);
  });

  it('and is refused as it is there already, may run', async () => {
    await give(LOST);
    await give(BUSY);
    expect(mayRun()).toBe(true);
  });

  it('was off before, may be made to run yet, whatever is seen and answered of it', async () => {
    see(off);
    await give(LOST);
    await give(ACCEPTED);
    see(takenUp);
    see(off);
    orders.stopped(KEY);
    expect(mayRun()).toBe(true);
    stored = off;
    await clock.advance(A_MINUTE);
    expect([mayRun(), looks]).toEqual([false, 1]);
  });
});
