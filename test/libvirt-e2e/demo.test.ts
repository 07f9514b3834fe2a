import { expect, it } from '@jest/globals';
import type { Report } from '../../scripts/demo/story.ts';
import { describeOnHosts } from '../libvirt-hosts/describe-on-hosts.ts';
import { expectPromptDrain, playDemo, refusalsWith, stepsOf, STORY } from '../support/demo.ts';

const TIMEOUT = 300_000;
const REFUSALS = refusalsWith('host-3');

/** Boot ids and disks are the guest's own words. */
function expectGuestIn({ steps, specHash }: Report): void {
  const [create, rescue, migrate, unrescue] = steps;
  expect(steps.map(({ disks }) => disks)).toEqual([
    ['root*'],
    ['root', 'medevac-rescue*'],
    ['root', 'medevac-rescue*'],
    ['root*'],
  ]);
  expect([rescue?.node, unrescue?.node]).toEqual([create?.node, migrate?.node]);
  expect(migrate?.node).not.toBe(rescue?.node);
  expect(migrate?.vmUid).toBe(rescue?.vmUid);
  expect(new Set(steps.map(({ vmUid }) => vmUid)).size).toBe(3);
  expect(specHash.beforeRescue).toMatch(/^[0-9a-f]{64}$/);
  expect(specHash.afterUnrescue).toBe(specHash.beforeRescue);
}

/** What a person sees of the rescue system: that it has the root disk behind it, and that it ticks on where it goes. */
function expectConsoleIn(timeline: string, { steps: [, rescue, migrate] }: Report): void {
  const boot = rescue?.vmUid?.slice(0, 8) ?? '';
  expect(hostsThatTick(timeline, boot)).toEqual([rescue?.node, migrate?.node]);
  const booted = String.raw`rescue system, boot ${boot}: has booted; it sees vda serial \w+ \(root\), vdb`;
  expect(timeline).toMatch(new RegExp(booted));
  expect(timeline).toContain(`${rescue?.node ?? ''} has lost all of /etc/libvirt/qemu and /var/lib/libvirt`);
}

/** The hosts that a guest's ticks were read on, one after the other. */
function hostsThatTick(timeline: string, boot: string): string[] {
  const ticks = timeline.matchAll(/(host-\d) console │ rescue system, boot (\w+): tick/g);
  return [...new Set([...ticks].flatMap(([, host = '', of]) => (of === boot ? [host] : [])))];
}

/** docs/libvirt.md has the same figures. */
function expectRequestsIn(timeline: string, { requests, steps: [, , migrate] }: Report): void {
  const { migrate: sent, ...others } = requests;
  expect(others).toEqual({ create: 6, rescue: 2, unrescue: 2, idleResync: 0 });
  const phases = new Set(
    Array.from(timeline.matchAll(/LiveMigration web-1-away is (\w+)/g), ([, phase]) => phase),
  );
  expect([...phases]).toEqual(expect.arrayContaining(['Queued', 'Running', 'Succeeded']));
  // What lasts on a busy machine is shown as well.
  const least = 7 + phases.size - 3;
  expect(sent).toBeGreaterThanOrEqual(least);
  // And how far it is, every 5 s.
  expect(sent).toBeLessThanOrEqual(least + (migrate?.seconds ?? 0) / 5);
}

describeOnHosts('npm run demo -- --driver libvirt --output json', () => {
  it(
    'tells the whole story with a guest that ticks on while it is moved, its console beside the states',
    async () => {
      const { report, timeline } = await playDemo('libvirt');

      expect(report).toMatchObject({ driver: 'libvirt', ok: true, statesSeenWhileMigrating: ['Rescued'] });
      expect(stepsOf(report)).toEqual(STORY);
      expectRequestsIn(timeline, report);
      expect(report.refusals.map(({ case: which, code, reason }) => [which, code, reason])).toEqual(
        REFUSALS.map(([which, code, reason]) => [which, code, reason]),
      );
      report.refusals.forEach(({ message }, index) => expect(message).toContain(REFUSALS[index]?.[3]));
      expectGuestIn(report);
      expectConsoleIn(timeline, report);
    },
    TIMEOUT,
  );
});

describeOnHosts('npm run demo -- drain --driver libvirt --output json', () => {
  it(
    'moves six guests, two of them rescued, one round after the other, and all of them tick on',
    async () => {
      await expectPromptDrain('libvirt', { from: 'host-1', all: /^host-[23]$/, capable: /^host-2$/ });
    },
    TIMEOUT,
  );
});
