import { describe, expect, it } from '@jest/globals';
import { ACCEPTED } from '../../../src/domain/outcome.ts';
import type { VmOrder } from '../../../src/drivers/driver.ts';
import { waitFor } from '../../support/wait.ts';
import { aRescueSystem, DEADLINE, rescued, untilBooted, untilSeen } from './bench.ts';
import { ROW_TIMEOUT, useSession } from './session.ts';

const session = useSession();
/** KubeVirt's first pause after a failed start is no shorter. Milliseconds. */
const PAUSE = 10_000;

describe('define', () => {
  it(
    'is one request, and tells of the start only what matters',
    async () => {
      const { key } = await session.boot();
      expect(session.bench.requestsAbout(key.name)).toEqual(['PATCH']);
      const changes = session.told.filter(({ name }) => name === key.name);
      // The VM is stored; an instance, its node, it runs, it may be migrated: KubeVirt writes 15 times for that.
      expect(changes.length).toBeLessThanOrEqual(6);
    },
    ROW_TIMEOUT,
  );

  it(
    'sends nothing to a VM of that name that is not ours',
    async () => {
      const order = session.bench.order();
      await session.bench.makeForeignVm(session.driver, order.key);
      const before = await session.bench.vms().get(order.key);
      expect(await session.driver.define(order)).toMatchObject({ kind: 'Rejected' });
      expect(session.bench.requestsAbout(order.key.name)).toEqual([]);
      expect((await session.bench.vms().get(order.key)).spec).toEqual(before.spec);
    },
    ROW_TIMEOUT,
  );

  it(
    'changes nothing of a VM that somebody else made a moment ago and that is not seen yet',
    async () => {
      const order = session.bench.order();
      const late = session.bench.newDriver();
      await session.bench.makeForeignVm(session.driver, order.key);
      const before = await session.bench.vms().get(order.key);
      expect(await late.define(order)).toMatchObject({ kind: 'Busy' });
      expect((await session.bench.vms().get(order.key)).spec).toEqual(before.spec);
    },
    ROW_TIMEOUT,
  );

  it(
    'changes nothing of a VM that was made for a former Instance of that name and is not seen yet',
    async () => {
      const late = session.bench.newDriver();
      const { order } = await session.boot();
      const before = await session.bench.vms().get(order.key);
      const anew = { ...order, instanceUid: 'ffffffff-0000-4000-8000-000000000001' };
      expect(await late.define(anew)).toMatchObject({ kind: 'Busy' });
      expect(await session.bench.vms().get(order.key)).toMatchObject({
        metadata: { labels: before.metadata.labels },
        spec: before.spec,
      });
    },
    ROW_TIMEOUT,
  );

  it(
    'gives the words of KubeVirt where it refuses the VM',
    async () => {
      const order = session.bench.order();
      const { hardware } = order.vm;
      if (hardware.kind !== 'Portable') throw new Error('not portable');
      const twice = [...hardware.disks, ...hardware.disks];
      const refused = { ...order, vm: { ...order.vm, hardware: { ...hardware, disks: twice } } };
      expect(await session.driver.define(refused)).toMatchObject({
        kind: 'Rejected',
        message: expect.stringContaining('must not have the same Name'),
      });
    },
    ROW_TIMEOUT,
  );
});

describe('rescue and unrescue', () => {
  it(
    'are two requests each, and leave the stored VM as it was',
    async () => {
      const { order, key, running } = await session.boot();
      const { spec: before } = await session.bench.vms().get(key);
      const sent = session.bench.requestsAbout(key.name).length;

      await session.driver.define(rescued(order));
      await session.driver.restart(key, running.bootId);
      const inRescue = await untilBooted(session.driver, key, running.bootId);
      expect(inRescue.boot).toEqual(rescued(order).vm.boot);
      expect((await session.bench.vms().get(key)).spec).not.toEqual(before);

      await session.driver.define(order);
      await session.driver.restart(key, inRescue.bootId);
      const back = await untilBooted(session.driver, key, inRescue.bootId);
      expect(back.boot).toEqual(order.vm.boot);
      expect((await session.bench.vms().get(key)).spec).toEqual(before);
      const requests = session.bench.requestsAbout(key.name).slice(sent);
      expect(requests.filter((request) => !request.startsWith('GET'))).toEqual([
        'PATCH',
        'PUT restart',
        'PATCH',
        'PUT restart',
      ]);
    },
    ROW_TIMEOUT,
  );

  it(
    'a boot is ended once, however often and by whom it is asked, and never the next one',
    async () => {
      const { key, running } = await session.boot();
      const restarts = () =>
        session.bench.requestsAbout(key.name).filter((request) => request === 'PUT restart').length;
      const both = [session.driver.restart(key, running.bootId), session.driver.restart(key, running.bootId)];
      expect(session.driver.observe(key)?.running?.phase).toBe('Stopping');
      expect(await Promise.all(both)).toEqual([ACCEPTED, ACCEPTED]);
      expect(restarts()).toBe(1);
      const next = await untilBooted(session.driver, key, running.bootId);
      expect(await session.driver.restart(key, running.bootId)).toEqual(ACCEPTED);
      expect(restarts()).toBe(1);
      expect(session.driver.observe(key)?.running).toMatchObject({ bootId: next.bootId, phase: 'Running' });
    },
    ROW_TIMEOUT,
  );

  it(
    'an operator that was started anew sees in the VM that the boot is being ended',
    async () => {
      const { key, running } = await session.boot();
      // The boot does not end while the handler of its node is silent.
      const { simulator } = session.bench;
      simulator.setHandlerSilent(running.node ?? '', true);
      await session.driver.restart(key, running.bootId);
      const second = await session.anotherDriver();
      expect(second.observe(key)?.running).toMatchObject({ bootId: running.bootId, phase: 'Stopping' });
      expect(await second.restart(key, running.bootId)).toEqual(ACCEPTED);
      expect(
        session.bench.requestsAbout(key.name).filter((request) => request === 'PUT restart'),
      ).toHaveLength(1);
      simulator.setHandlerSilent(running.node ?? '', false);
      await untilBooted(session.driver, key, running.bootId);
    },
    ROW_TIMEOUT,
  );

  it(
    'a rescue system that can not be pulled is told, and left without a pause',
    async () => {
      const { order, key, running } = await session.boot();
      const missing = rescued(order, aRescueSystem('registry.example/missing:1'));
      session.bench.simulator.setImageMissing('registry.example/missing:1', true);
      await session.driver.define(missing);
      await session.driver.restart(key, running.bootId);
      const trouble = await untilSeen(session.driver, key, 'its trouble is told', (vm) => vm.trouble);
      expect(trouble.reason).toBe('ImagePullFailed');
      expect(trouble.message).toContain('registry.example/missing:1');

      const began = performance.now();
      await untilAccepted(order);
      const back = await untilBooted(session.driver, key, running.bootId);
      expect(back.boot).toEqual(order.vm.boot);
      expect(performance.now() - began).toBeLessThan(PAUSE);
    },
    ROW_TIMEOUT,
  );

  it(
    'a VM that fails to start is rescued at once, not after its pause',
    async () => {
      const order = session.bench.order();
      const { key } = order;
      session.fail(key, { doesNotBoot: true });
      await session.driver.define(order);
      await untilSeen(session.driver, key, 'its start has failed', ({ trouble, running }) =>
        trouble?.reason === 'BootFailed' && running === undefined ? true : undefined,
      );
      session.fail(key, {});
      const began = performance.now();
      await untilAccepted(rescued(order));
      const { boot: booted } = await untilBooted(session.driver, key);
      expect(booted.mode).toBe('Rescue');
      expect(performance.now() - began).toBeLessThan(PAUSE);
    },
    ROW_TIMEOUT,
  );

  /** As a controller does it: Busy is asked again, here as soon as something changes. */
  function untilAccepted(order: VmOrder) {
    const ask = async () => {
      const outcome = await session.driver.define(order);
      expect(['Accepted', 'Busy']).toContain(outcome.kind);
      return outcome.kind === 'Accepted';
    };
    return waitFor('the order is accepted', ask, { timeoutMs: DEADLINE });
  }
});

describe('in all of this', () => {
  it('nothing was asked that the watches tell', () => {
    expect(session.bench.requests.filter(({ method }) => method === 'GET')).toEqual([]);
  });
});
