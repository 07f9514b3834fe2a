import { describe, expect, it } from '@jest/globals';
import { playDemo, refusalsWith, runDemo, stepsOf, STORY } from '../support/demo.ts';

const REFUSALS = refusalsWith('node-d');

describe('npm run demo -- --output json', () => {
  it('tells the whole story on the kubevirt driver, with the requests that were promised', async () => {
    const { report, timeline } = await playDemo('kubevirt');

    expect(report).toMatchObject({ driver: 'kubevirt', ok: true, statesSeenWhileMigrating: ['Rescued'] });
    expect(stepsOf(report)).toEqual(STORY);
    // The lock, the order and the release; beside them the start and the end of the transfer, and what lasts on a slow machine.
    const told =
      timeline.match(/LiveMigration web-1-away is (Preparing|Running|Completing|Succeeded)\b/g) ?? [];
    expect(told.length).toBeGreaterThanOrEqual(2);
    const requests = { create: 3, rescue: 4, migrate: 3 + told.length, unrescue: 4, idleResync: 0 };
    expect(report.requests).toEqual(requests);
    expect(report.refusals.map(({ case: which, code, reason }) => [which, code, reason])).toEqual(
      REFUSALS.map(([which, code, reason]) => [which, code, reason]),
    );
    report.refusals.forEach(({ message }, index) => expect(message).toContain(REFUSALS[index]?.[3]));
    const [create, rescue, migrate, unrescue] = report.steps.map(({ vmUid, disks }) => ({ vmUid, disks }));
    expect(create).toMatchObject({ disks: ['root*', 'seed'] });
    expect(rescue).toMatchObject({ disks: ['root', 'medevac-rescue*'] });
    expect(migrate).toEqual(rescue);
    expect(unrescue).toMatchObject({ disks: ['root*', 'seed'] });
    const nodes = report.steps.map(({ node }) => node);
    expect(nodes[2]).not.toBe(nodes[1]);
    expect(report.specHash.beforeRescue).toMatch(/^[0-9a-f]{64}$/);
    expect(report.specHash.afterUnrescue).toBe(report.specHash.beforeRescue);
  }, 120_000);

  it('tells it on the memory driver, too', async () => {
    const { report } = await playDemo('memory');

    expect(report).toMatchObject({ driver: 'memory', ok: true, statesSeenWhileMigrating: ['Rescued'] });
    expect(stepsOf(report)).toEqual(STORY);
    expect(report.refusals.map(({ code }) => code)).toEqual([400, 409, 409]);
    expect(report.requests.idleResync).toBe(0);
  }, 120_000);

  it.each([
    [['--driver', 'xen'], '--driver xen: must be kubevirt or libvirt or memory'],
    [['--output', 'yaml'], '--output yaml: must be text or json'],
    [['--fast'], "Unknown option '--fast'"],
    [
      ['drain', '--driver', 'memory'],
      '--driver memory: the story of the drain is told with kubevirt or libvirt',
    ],
  ])('says what is wrong with %j, and exits with 2', async (args, message) => {
    await expect(runDemo(args)).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining(message),
    });
  });

  it('says in one sentence why there can be no libvirt hosts, and exits with 1', async () => {
    const bare = { ...process.env, PATH: '/nowhere' };
    await expect(runDemo(['--driver', 'libvirt'], bare)).rejects.toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^There can be no libvirt hosts here: [^.\n]+\.\n$/),
    });
  });
});
