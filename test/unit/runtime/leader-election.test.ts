import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { ApiError, ConnectionError } from '../../../src/kube/api-errors.ts';
import type { ApiRequest, Transport, WatchEvent } from '../../../src/kube/transport.ts';
import { LeaderElector } from '../../../src/runtime/leader-election.ts';
import type { Lease } from '../../../src/runtime/lease.ts';
import { FakeClock } from '../../support/fake-clock.ts';

/** One Lease with optimistic locking, as the API server keeps it; it may not be watched. */
class FakeLeases {
  lease: Lease | undefined;
  /** While set, no request gets an answer in time. */
  unreachable = false;
  /** While set, writes are carried out, but their answers are lost. */
  losingAnswers = false;
  writes = 0;

  request(request: ApiRequest): Promise<unknown> {
    if (this.unreachable) {
      return Promise.reject(new ConnectionError('no answer'));
    }
    if (request.method === 'GET') {
      return this.lease === undefined ? refuse(404, 'NotFound') : Promise.resolve(this.lease);
    }
    return this.#write(request.method, request.body as Lease);
  }

  // eslint-disable-next-line require-yield, @typescript-eslint/require-await
  async *watch(): AsyncGenerator<WatchEvent, void, undefined> {
    throw new ApiError(403, { reason: 'Forbidden' });
  }

  set(spec: Lease['spec']): void {
    const resourceVersion = String(Number(this.lease?.metadata.resourceVersion ?? 0) + 1);
    this.lease = { metadata: { namespace: 'a', name: 'l', resourceVersion }, ...(spec && { spec }) };
  }

  #write(method: string, sent: Lease): Promise<unknown> {
    const held = this.lease?.metadata.resourceVersion;
    if (method === 'POST' && held !== undefined) {
      return refuse(409, 'AlreadyExists');
    }
    if (method === 'PUT' && held !== sent.metadata.resourceVersion) {
      return held === undefined ? refuse(404, 'NotFound') : refuse(409, 'Conflict');
    }
    this.writes += 1;
    this.set(sent.spec);
    return this.losingAnswers
      ? Promise.reject(new ConnectionError('answer lost'))
      : Promise.resolve(this.lease);
  }
}

function refuse(code: number, reason: string): Promise<never> {
  return Promise.reject(new ApiError(code, { reason }));
}

interface Candidate {
  readonly elector: LeaderElector;
  readonly stop: AbortController;
  readonly ended: Promise<void>;
  lost: number;
}

function start(identity: string, leases: FakeLeases, clock: FakeClock): Candidate {
  const elector = new LeaderElector({
    ...{ transport: leases as unknown as Transport, namespace: 'a', name: 'l', identity, clock },
    logger: pino({ level: 'silent' }),
  });
  const stop = new AbortController();
  const candidate = { elector, stop, ended: elector.run(stop.signal), lost: 0 };
  elector.onLost(() => (candidate.lost += 1));
  return candidate;
}

interface Setup {
  readonly leases: FakeLeases;
  readonly clock: FakeClock;
}

function setUp(): Setup {
  return { leases: new FakeLeases(), clock: new FakeClock(Date.UTC(2026, 0, 1)) };
}

const others = (seconds: number): Lease['spec'] => ({
  holderIdentity: 'other',
  leaseDurationSeconds: seconds,
  renewTime: '2020-01-01T00:00:00.000000Z',
  leaseTransitions: 3,
});

describe('an elector', () => {
  it('takes a lease that nobody has, and renews it every 2 s', async () => {
    const { leases, clock } = setUp();
    const { elector } = start('me', leases, clock);

    await clock.advance(0);
    expect(elector.isLeader).toBe(true);
    expect(leases.lease?.spec).toEqual({
      holderIdentity: 'me',
      leaseDurationSeconds: 15,
      acquireTime: '2026-01-01T00:00:00.000000Z',
      renewTime: '2026-01-01T00:00:00.000000Z',
      leaseTransitions: 0,
    });
    await clock.advance(60_000);

    expect(leases.writes).toBe(31);
    expect(leases.lease?.spec).toMatchObject({
      acquireTime: '2026-01-01T00:00:00.000000Z',
      renewTime: '2026-01-01T00:01:00.000000Z',
    });
  });

  it('waits the whole duration by its own clock, however old the lease says it is', async () => {
    const { leases, clock } = setUp();
    leases.set(others(10));
    const { elector } = start('me', leases, clock);

    await clock.advance(9_900);
    expect(elector.isLeader).toBe(false);
    await clock.advance(2_500);

    expect(elector.isLeader).toBe(true);
    expect(leases.lease?.spec).toMatchObject({ holderIdentity: 'me', leaseTransitions: 4 });
  });

  it('takes it at the moment in which it runs out, not a period later', async () => {
    const { leases, clock } = setUp();
    leases.set(others(15));
    const { elector } = start('me', leases, clock);
    await clock.advance(14_999);
    expect(elector.isLeader).toBe(false);

    await clock.advance(2);

    expect(elector.isLeader).toBe(true);
  });

  it('waits on as long as the lease changes, whatever changes in it', async () => {
    const { leases, clock } = setUp();
    leases.set(others(10));
    start('me', leases, clock);

    for (let renewal = 0; renewal < 10; renewal += 1) {
      leases.set({ ...others(10), leaseTransitions: renewal });
      await clock.advance(7_000);
    }

    expect(leases.writes).toBe(0);
  });

  it.each([
    ['that was given back', { holderIdentity: '', leaseDurationSeconds: 1 }],
    ['that says nothing', undefined],
  ])('takes at once a lease %s', async (_, spec) => {
    const { leases, clock } = setUp();
    leases.set(spec);
    const { elector } = start('me', leases, clock);

    await clock.advance(0);

    expect(elector.isLeader).toBe(true);
  });

  it('takes at its next attempt the lease that it has without knowing', async () => {
    const { leases, clock } = setUp();
    leases.losingAnswers = true;
    const { elector } = start('me', leases, clock);
    await clock.advance(0);
    expect(elector.isLeader).toBe(false);

    leases.losingAnswers = false;
    await clock.advance(2_400);

    expect(elector.isLeader).toBe(true);
  });

  it('leads alone when three start at the same moment', async () => {
    const { leases, clock } = setUp();
    const candidates = ['a', 'b', 'c'].map((identity) => start(identity, leases, clock));

    await clock.advance(30_000);

    expect(candidates.filter(({ elector }) => elector.isLeader)).toHaveLength(1);
  });
});

describe('a leader', () => {
  it.each([3_600_000, -3_600_000])(
    'is the only one, and stays it, when the clock of all jumps by %d ms',
    async (step) => {
      const { leases, clock } = setUp();
      const leader = start('me', leases, clock);
      await clock.advance(0);
      const standby = start('other', leases, clock);
      await clock.advance(5_000);

      clock.step(step);
      await clock.advance(60_000);
      clock.step(-step);
      await clock.advance(60_000);

      expect([leader.elector.isLeader, standby.elector.isLeader, leader.lost]).toEqual([true, false, 0]);
      expect(leases.lease?.spec?.leaseTransitions).toBe(0);
    },
  );

  it('gives up after 10 s without a renewal, 5 s before anybody can take the lease', async () => {
    const { leases, clock } = setUp();
    const leader = start('me', leases, clock);
    await clock.advance(0);

    leases.unreachable = true;
    await clock.advance(9_999);
    expect(leader.lost).toBe(0);
    await clock.advance(1);
    await leader.ended;

    expect(leader.lost).toBe(1);
    expect(leader.elector.isLeader).toBe(false);
  });

  it('knows with how much margin it still leads, from before its last renewal was sent', async () => {
    const { leases, clock } = setUp();
    const { elector } = start('me', leases, clock);
    await clock.advance(0);
    leases.unreachable = true;
    await clock.advance(5_000);

    expect([9_999, 10_000].map((margin) => elector.holdsFor(margin))).toEqual([true, false]);
  });

  it('that was stopped for longer than its lease does not think that it leads when it wakes up', async () => {
    const { leases, clock } = setUp();
    const { elector } = start('me', leases, clock);
    await clock.advance(0);

    clock.jump(15_000);

    expect(elector.isLeader).toBe(false);
  });

  it('goes on after renewals whose answers were lost', async () => {
    const { leases, clock } = setUp();
    const leader = start('me', leases, clock);
    await clock.advance(0);

    leases.losingAnswers = true;
    await clock.advance(6_000);
    leases.losingAnswers = false;
    await clock.advance(30_000);

    expect(leader.elector.isLeader).toBe(true);
    expect(leader.lost).toBe(0);
  });

  it('makes the lease anew when somebody deleted it', async () => {
    const { leases, clock } = setUp();
    const leader = start('me', leases, clock);
    await clock.advance(0);

    leases.lease = undefined;
    await clock.advance(4_000);

    expect(leases.lease).toMatchObject({ spec: { holderIdentity: 'me' } });
    expect(leader.lost).toBe(0);
  });

  it('stops leading at the next renewal when another has the lease', async () => {
    const { leases, clock } = setUp();
    const leader = start('me', leases, clock);
    await clock.advance(0);

    leases.set(others(60));
    await clock.advance(4_000);
    await leader.ended;

    expect(leader.lost).toBe(1);
    expect(leases.lease?.spec?.holderIdentity).toBe('other');
  });

  it('gives the lease back when it stops, and has not lost it by that', async () => {
    const { leases, clock } = setUp();
    const leader = start('me', leases, clock);
    await clock.advance(3_000);

    leader.stop.abort();
    await leader.ended;

    expect(leases.lease?.spec).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1 });
    expect(leader.elector.isLeader).toBe(false);
    expect(leader.lost).toBe(0);
    expect(clock.pending).toBe(0);
  });

  it('lets it run out when work may still be going on', async () => {
    const { leases, clock } = setUp();
    const leader = start('me', leases, clock);
    await clock.advance(0);

    leader.elector.keepLease();
    leader.stop.abort();
    await leader.ended;

    expect(leases.lease?.spec?.holderIdentity).toBe('me');
  });
});
