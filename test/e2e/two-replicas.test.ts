import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { AuditEvent } from '../control-plane/audit-log.ts';
import { loggedRequests } from '../support/evidence.ts';
import { OPERATOR_USER } from '../support/installed-control-plane.ts';
import { startOperator, type RunningOperator } from '../support/operator.ts';
import { leadsSince, leaseHolder, raiseStage, type Stage } from '../support/stage.ts';
import { waitFor } from '../support/wait.ts';
import { Play } from './play.ts';

/** The requests of a migration that is told so many times, from the lock to its release; whoever sends them. */
function requestsOfMigration(timesTold: number): string[] {
  return [
    'update instances/status',
    'create virtualmachineinstancemigrations',
    ...Array.from({ length: timesTold }, () => 'update livemigrations/status'),
    'update instances/status',
  ];
}

/** From SIGTERM until another one leads. Milliseconds. */
const HAND_OVER = 1_000;
/** From SIGKILL: a Lease is good for 15 s from when the other one sees that it was renewed, for which it looks every 2.4 s. Milliseconds. */
const REPLACED_WITHIN = 18_000;

describe('of two replicas, the one that stands by', () => {
  let stage: Stage;
  let second: RunningOperator;
  let play: Play;
  let plays = 0;

  beforeAll(async () => {
    stage = await raiseStage('kubevirt');
    const { controlPlane, admin, driver } = stage;
    // From now on the API server asks this one, which does not lead.
    second = await startOperator({ controlPlane, admin, driver, identity: 'second' });
  }, 120_000);
  afterAll(async () => {
    await second.stop();
    await stage.close();
  });
  beforeEach(() => {
    plays += 1;
    play = new Play(stage, `vm-${plays}`);
  });
  afterEach(() => play.close());

  /** Resolves when a replica leads, with the milliseconds that this took from `from` on: not those until we are told. */
  async function takeOver(identity: string, from: number): Promise<number> {
    const probe = async () => (await leaseHolder(stage.admin)).startsWith(`${identity}_`);
    await waitFor(`${identity} leads`, probe, { timeoutMs: 40_000 });
    return (await leadsSince(stage.admin)) - from;
  }

  /** A rescued Instance in the middle of its migration. */
  async function migrating(migrationMs: number): Promise<{ name: string; mark: number; since: number }> {
    await play.rescued();
    stage.simulator?.fail(play.key, { delays: { migrationMs } });
    const [mark, since] = [play.mark(), Date.now()];
    const name = await play.migrate('away');
    await play.transferring(name);
    return { name, mark, since };
  }

  async function expectArrivedOnce({
    name,
    mark,
    since,
  }: Awaited<ReturnType<typeof migrating>>): Promise<void> {
    const migration = await play.ended(name);
    expect(migration.status?.phase).toBe('Succeeded');
    const settled = await play.settled('Rescued');
    expect(settled.status?.node).toBe(migration.status?.outcome?.node);
    expect(play.statesSince(mark)).toEqual(['Rescued']);
    const want = requestsOfMigration(play.timesTold());
    const whose = { user: OPERATOR_USER, since, count: want.length };
    const requests = await loggedRequests(stage.controlPlane, whose);
    expect(requests.map(asText)).toEqual(want);
  }

  it('answers admission from warm caches, and does nothing else', async () => {
    const { name } = await migrating(3_000);

    const { stderr } = await stage.kubectl([
      'patch',
      'inst',
      play.name,
      '--type=json',
      '-p',
      '[{"op":"remove","path":"/spec/rescue"}]',
      '-n',
      stage.namespace,
    ]);

    expect(await leaseHolder(stage.admin)).toMatch(/^operator_/);
    expect(stderr).toContain(
      `Cannot unrescue Instance ${play.key} while LiveMigration ${name} is unfinished (phase Running`,
    );
    await play.ended(name);
  }, 60_000);

  it('takes over at once from a leader that stops, lists nothing, and repeats nothing', async () => {
    const migration = await migrating(6_000);

    const stopped = Date.now();
    await stage.operator.stop('SIGTERM');
    const tookOver = await takeOver('second', stopped);

    process.stdout.write(`a leader that stops is replaced in ${tookOver} ms\n`);
    expect(tookOver).toBeLessThan(HAND_OVER);
    await expectArrivedOnce(migration);
    // Watches are in the log when they end.
    await second.stop();
    const log = await stage.controlPlane.auditLog();
    expect(log.filter((event) => isRelist(event, stopped)).map(({ requestURI }) => requestURI)).toEqual([]);
    expect(log.filter((event) => isRelist(event, 0))).not.toHaveLength(0);
  }, 90_000);

  it('takes over when the lease of a leader that was killed has run out, and repeats nothing', async () => {
    await second.restart();
    await takeOver('second', Date.now());
    await stage.operator.restart();
    const migration = await migrating(28_000);

    const killed = Date.now();
    await second.stop('SIGKILL');
    const tookOver = await takeOver('operator', killed);

    process.stdout.write(`a leader that was killed is replaced in ${tookOver} ms\n`);
    // It was renewed at most 2 s before.
    expect(tookOver).toBeGreaterThan(12_000);
    expect(tookOver).toBeLessThan(REPLACED_WITHIN);
    await expectArrivedOnce(migration);
  }, 150_000);
});

function asText({ verb, objectRef }: AuditEvent): string {
  return `${verb} ${[objectRef?.resource, objectRef?.subresource].filter(Boolean).join('/')}`;
}

/** A list, or a watch that begins with one, by an operator. */
function isRelist({ user, verb, requestURI, requestReceivedTimestamp }: AuditEvent, since: number): boolean {
  if (user.username !== OPERATOR_USER || Date.parse(requestReceivedTimestamp) < since) return false;
  return verb === 'list' || (verb === 'watch' && requestURI.includes('sendInitialEvents=true'));
}
