import { expect, it } from '@jest/globals';
import { ACCEPTED } from '../../src/domain/outcome.ts';
import { domainName } from '../../src/drivers/libvirt/names.ts';
import { waitFor } from '../support/wait.ts';
import { DEADLINE, type TestVm } from './bench.ts';
import { describeOnBench } from './on-bench.ts';
import type { Operator } from './operator.ts';

// One story: each step goes on where the one before has left the guest.
describeOnBench('a rescue', 1, (theatre) => {
  const held: { vm?: TestVm } = {};

  const theVm = (): TestVm => {
    if (held.vm === undefined) throw new Error('there is no VM');
    return held.vm;
  };

  function untilOff(operator: Operator): Promise<unknown> {
    return waitFor('the guest is off', () => operator.running(theVm().key) === undefined, {
      timeoutMs: DEADLINE,
    });
  }

  it('of a VM that is stopped boots its rescue system', async () => {
    const { bench, begin } = theatre();
    const operator = await begin();
    held.vm = await bench.newVm();
    const { key, normal, rescued } = theVm();
    expect(await operator.driver.define({ ...normal, power: 'Off' })).toEqual(ACCEPTED);
    await operator.bring(rescued);
    expect(await bench.guest(key)).toMatchObject({ system: 'rescue', noted: true });
  });

  /** Has the guest's kernel panic; resolves when the operator sees it. */
  async function panic(operator: Operator): Promise<void> {
    const { bench } = theatre();
    const { key } = theVm();
    await bench.stage.order(`${key.name}-root.img`, 'crash');
    const vm = await waitFor(
      'the crash is seen',
      () => {
        const seen = operator.driver.observe(key);
        return seen?.trouble !== undefined && seen;
      },
      { timeoutMs: DEADLINE },
    );
    expect(vm).toMatchObject({
      running: { phase: 'Ended' },
      trouble: { reason: 'GuestPanicked', message: 'its panic device says so' },
    });
  }

  function anotherBoot(operator: Operator, before: string | undefined): Promise<unknown> {
    const isIt = () => {
      const running = operator.running(theVm().key);
      return running?.phase === 'Running' && running.bootId !== before;
    };
    return waitFor('another boot', isIt, { timeoutMs: DEADLINE });
  }

  it('goes on when its system powers itself off: it is booted again, from the rescue disk', async () => {
    const { bench, begin } = theatre();
    const operator = await begin();
    const { key, rescued } = theVm();
    const before = operator.running(key);
    const { bootId } = await bench.guest(key);
    await bench.stage.order(`${key.name}-rescue.img`, 'poweroff');
    await anotherBoot(operator, before?.bootId);
    const after = await bench.guest(key);
    expect(after).toMatchObject({ system: 'rescue', notes: [`rescue ${bootId}`] });
    expect(after.bootId).not.toBe(bootId);
    expect(operator.running(key)?.boot).toEqual(rescued.vm.boot);
  });

  it('that is over leaves a VM stopped that was stopped', async () => {
    const operator = await theatre().begin();
    const { key, normal } = theVm();
    expect(await operator.driver.define({ ...normal, power: 'Off' })).toEqual(ACCEPTED);
    await untilOff(operator);
    expect(operator.driver.observe(key)).toMatchObject({
      stored: { power: 'Off', boot: normal.vm.boot },
      trouble: undefined,
    });
  });

  it('is not in sight when the kernel of a guest panics: that is seen, and the guest is booted again after a pause', async () => {
    const { bench, begin } = theatre();
    const operator = await begin();
    const { key, normal } = theVm();
    const { bootId } = await operator.bring(normal);
    const before = await bench.guest(key);
    await panic(operator);
    expect((await bench.stage.hosts[0]?.virsh('domstate', domainName(key)))?.trim()).toBe('crashed');
    await anotherBoot(operator, bootId);
    const after = await bench.guest(key);
    expect(after).toMatchObject({ system: 'root' });
    expect(after.bootId).not.toBe(before.bootId);
    expect(operator.driver.observe(key)?.trouble).toBeUndefined();
  });

  it('of a guest that has crashed boots its rescue system, whose files the own system finds afterwards', async () => {
    const { bench, begin } = theatre();
    const operator = await begin();
    const { key, normal, rescued } = theVm();
    await operator.bring(normal);
    const before = await bench.guest(key);
    await panic(operator);
    await operator.bring(rescued);
    const inRescue = await bench.guest(key);
    expect(inRescue).toMatchObject({ system: 'rescue', noted: true, notes: before.notes });
    expect(inRescue.disks.slice(0, before.disks.length)).toEqual(before.disks);
    await operator.bring(normal);
    expect(await bench.guest(key)).toMatchObject({
      system: 'root',
      disks: before.disks,
      notes: [...before.notes, `rescue ${inRescue.bootId}`],
    });
  });

  it('of a guest whose QEMU has died boots its rescue system', async () => {
    const { bench, begin } = theatre();
    const operator = await begin();
    const { key, rescued } = theVm();
    const [host] = bench.stage.hosts;
    const pid = await host?.run('cat', `/run/libvirt/qemu/${domainName(key)}.pid`);
    await host?.run('kill', '-KILL', (pid ?? '').trim());
    await operator.bring(rescued);
    expect(await bench.guest(key)).toMatchObject({ system: 'rescue' });
    expect(await operator.driver.remove(key)).toEqual(ACCEPTED);
  });
});
