import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Migration } from '../../kubevirt-simulator/objects/kinds.ts';
import { machine, migration } from './machines.ts';
import { World } from './world.ts';
import type { Turn } from './world.ts';

const names = Array.from({ length: 8 }, (_, index) => `vm-${index + 1}`);

/** Mulberry32: an order of passes that a number stands for. */
function shuffler(seed: number): (turns: Turn[]) => Turn[] {
  let state = seed;
  const random = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    const mixed = Math.imul(state ^ (state >>> 15), state | 1);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return (turns) =>
    turns
      .map((turn) => ({ turn, rank: random() }))
      .toSorted((a, b) => a.rank - b.rank)
      .map(({ turn }) => turn);
}

/** Those with a target pod and no end: what KubeVirt's limits count. */
function active(world: World): Migration[] {
  const phases = ['Scheduling', 'Scheduled', 'PreparingTarget', 'TargetReady', 'Running'];
  return world.view
    .list('VirtualMachineInstanceMigration')
    .filter(({ status }) => phases.includes(status?.phase ?? ''));
}

/** Those that leave a node, and have not left it yet. */
function leaving(world: World, node: string): Migration[] {
  return active(world).filter(({ spec }) => {
    const instance = world.view.get('VirtualMachineInstance', `vms/${spec.vmiName ?? ''}`);
    return instance?.status?.nodeName === node;
  });
}

/** Starts a machine for each name, migrates them all, and says how many of a kind there ever were at once. */
async function migrateAll(world: World, seed: number, count: () => number): Promise<number> {
  let most = 0;
  world.afterWrite = () => {
    most = Math.max(most, count());
  };
  for (const name of names) {
    world.create('VirtualMachineInstanceMigration', migration(`mig-${name}`, name));
  }
  await world.settle(shuffler(seed));
  const ends = world.view.list('VirtualMachineInstanceMigration').map(({ status }) => status?.phase);
  expect(ends).toEqual(names.map(() => 'Succeeded'));
  return most;
}

async function startAll(world: World, seed: number): Promise<void> {
  for (const name of names) {
    world.create('VirtualMachine', machine(name));
  }
  await world.settle(shuffler(seed));
}

describe('whatever the order of the passes', () => {
  it('two migrations leave a node at once, never more, and all of them end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        const world = new World(['node-1']);
        await startAll(world, seed);
        world.addNode('node-2');

        expect(await migrateAll(world, seed + 1, () => leaving(world, 'node-1').length)).toBe(2);
      }),
      { numRuns: 10 },
    );
  });

  it('five migrations run in the cluster at once, never more, and all of them end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        const world = new World(['node-1', 'node-2', 'node-3', 'node-4']);
        await startAll(world, seed);

        expect(await migrateAll(world, seed + 1, () => active(world).length)).toBe(5);
      }),
      { numRuns: 10 },
    );
  });

  it('a machine that is deleted leaves nothing, even amid a migration', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.nat(40), async (seed, passes) => {
        const world = new World(['node-1', 'node-2']);
        world.create('VirtualMachine', machine());
        await world.settle(shuffler(seed));
        world.create('VirtualMachineInstanceMigration', migration());
        for (let done = 0; done < passes; done += 1) {
          const [turn] = shuffler(seed + done)(world.turns());
          await world.turn(turn?.name ?? '');
        }

        world.delete('VirtualMachine', 'vms/vm-a');
        await world.settle(shuffler(seed + passes));

        const left = (['VirtualMachine', 'VirtualMachineInstance', 'Pod'] as const).flatMap((kind) =>
          world.view.list(kind).map(({ metadata }) => metadata.name),
        );
        expect(left).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });
});
