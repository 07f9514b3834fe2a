import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { ResourceClient } from '../../../src/kube/resource-client.ts';
import { Transport } from '../../../src/kube/transport.ts';
import { LeaderElector } from '../../../src/runtime/leader-election.ts';
import { LEASES } from '../../../src/runtime/lease.ts';
import type { Lease } from '../../../src/runtime/lease.ts';
import { startControlPlane } from '../../control-plane/control-plane.ts';
import type { ControlPlane } from '../../control-plane/control-plane.ts';
import { startFaultProxy } from '../../support/fault-proxy.ts';
import type { FaultProxy } from '../../support/fault-proxy.ts';
import { waitFor } from '../../support/wait.ts';

/** A third of what the product uses. */
const TIMES = { leaseDurationMs: 5_000, renewDeadlineMs: 3_000, retryPeriodMs: 600 };
/** For a leader that is to outlast a restart of the API server, which takes its time on a busy machine. */
const PATIENT = { ...TIMES, leaseDurationMs: 60_000, renewDeadlineMs: 50_000 };

interface Replica {
  readonly elector: LeaderElector;
  readonly proxy: FaultProxy;
  readonly stop: AbortController;
  readonly ended: Promise<void>;
  lost: number;
}

let plane: ControlPlane;
let leases: ResourceClient<Lease>;
let lease: string;
let elections = 0;
const closing: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  plane = await startControlPlane();
}, 60_000);

afterAll(() => plane.stop());

beforeEach(() => {
  elections += 1;
  lease = `election-${elections}`;
  const admin = new Transport(plane.connection());
  leases = new ResourceClient<Lease>(admin, LEASES);
  closing.push(() => admin.close());
});

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) {
    await close();
  }
});

async function startReplica(identity: string, times = TIMES): Promise<Replica> {
  const proxy = await startFaultProxy(plane.url);
  const transport = new Transport({ ...plane.connection(), server: `https://127.0.0.1:${proxy.port}` });
  const logger = pino({ level: 'silent' });
  const elector = new LeaderElector({
    transport,
    namespace: 'default',
    name: lease,
    identity,
    logger,
    ...times,
  });
  const stop = new AbortController();
  const replica = { elector, proxy, stop, lost: 0, ended: elector.run(stop.signal) };
  elector.onLost(() => (replica.lost += 1));
  closing.push(async () => {
    stop.abort();
    await replica.ended;
    await transport.close();
    await proxy.close();
  });
  return replica;
}

const read = (): Promise<Lease> => leases.get({ namespace: 'default', name: lease });

async function timeUntil(condition: () => boolean): Promise<number> {
  const start = performance.now();
  await waitFor('the other replica to lead', condition, { timeoutMs: 20_000, intervalMs: 10 });
  return performance.now() - start;
}

describe('two replicas', () => {
  it('never lead both, and the one that stops hands over in less than a poll period', async () => {
    const first = await startReplica('first');
    await first.elector.elected();
    const second = await startReplica('second');
    const renewals = new Set<string | undefined>();
    await waitFor('three renewals', async () => renewals.add((await read()).spec?.renewTime).size >= 4);
    expect([first.elector.isLeader, second.elector.isLeader]).toEqual([true, false]);

    first.stop.abort();
    const handOver = await timeUntil(() => second.elector.isLeader);

    expect(handOver).toBeLessThan(TIMES.retryPeriodMs);
    expect(first.elector.isLeader).toBe(false);
    expect(first.lost).toBe(0);
    expect((await read()).spec).toMatchObject({ holderIdentity: 'second', leaseTransitions: 1 });
  }, 30_000);

  it('leave nobody in the lease when both have stopped', async () => {
    const only = await startReplica('only');
    await only.elector.elected();

    only.stop.abort();
    await only.ended;

    expect((await read()).spec?.holderIdentity ?? '').toBe('');
  });

  it('hand over when the leader is cut off: it stops leading before the other starts', async () => {
    const first = await startReplica('first');
    await first.elector.elected();
    const second = await startReplica('second');
    const both: boolean[] = [];

    first.proxy.refusing = true;
    first.proxy.halfOpen();
    const takeOver = await timeUntil(() => {
      both.push(first.elector.isLeader && second.elector.isLeader);
      return second.elector.isLeader;
    });

    expect(both).not.toContain(true);
    expect(first.lost).toBe(1);
    expect(takeOver).toBeLessThan(2 * TIMES.leaseDurationMs);
    await first.ended;
    expect(first.elector.holdsFor(0)).toBe(false);
  }, 30_000);

  it('keep their leader when the lease is deleted or the API server restarts', async () => {
    const first = await startReplica('first', PATIENT);
    await first.elector.elected();

    await leases.delete({ namespace: 'default', name: lease });
    await waitFor('the lease', () => read());
    await plane.restartApiServer('SIGKILL');
    const after = await read();
    await waitFor('a renewal', async () => (await read()).spec?.renewTime !== after.spec?.renewTime);

    expect(first.lost).toBe(0);
    expect(first.elector.isLeader).toBe(true);
  }, 120_000);

  it('notice at the next renewal that somebody took the lease by hand', async () => {
    const first = await startReplica('first');
    await first.elector.elected();

    const spec = { holderIdentity: 'somebody', leaseDurationSeconds: 60 };
    await leases.mergePatch({ namespace: 'default', name: lease }, { spec });
    await first.ended;

    expect(first.lost).toBe(1);
    expect((await read()).spec?.holderIdentity).toBe('somebody');
  });
});
