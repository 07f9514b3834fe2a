import { describe, expect, it } from '@jest/globals';
import type { Kinds } from '../../kubevirt-simulator/objects/kinds.ts';
import { machine } from './machines.ts';
import { World } from './world.ts';

/** A machine that runs and that an eviction has marked. */
async function marked(evictionStrategy: string, failures = {}): Promise<World> {
  const world = new World(['node-1', 'node-2']);
  world.faults.setInstance('vms/vm-a', failures);
  const { template } = machine().spec;
  world.create(
    'VirtualMachine',
    machine('vm-a', { template: { spec: { ...template.spec, evictionStrategy } } }),
  );
  await world.settle();
  const instance = instanceOf(world);
  const evacuationNodeName = instance.status?.nodeName;
  world.view.put('VirtualMachineInstance', {
    ...instance,
    status: { ...instance.status, evacuationNodeName },
  } as never);
  return world;
}

function instanceOf(world: World): Kinds['VirtualMachineInstance'] {
  const instance = world.view.get('VirtualMachineInstance', 'vms/vm-a');
  if (instance === undefined) throw new Error('no instance');
  return instance;
}

function migrationsOf(world: World): Kinds['VirtualMachineInstanceMigration'][] {
  return world.view.list('VirtualMachineInstanceMigration');
}

describe('the evacuation controller', () => {
  it('moves an instance whose strategy is LiveMigrate, and is done when the mark has gone', async () => {
    const world = await marked('LiveMigrate');
    const from = instanceOf(world).status?.nodeName;
    await world.settle();

    expect(migrationsOf(world)).toEqual([
      expect.objectContaining({
        metadata: expect.objectContaining({
          annotations: expect.objectContaining({ 'kubevirt.io/evacuationMigration': from }),
        }),
        spec: { vmiName: 'vm-a', priority: 'system-critical' },
        status: expect.objectContaining({ phase: 'Succeeded' }),
      }),
    ]);
    expect(instanceOf(world).status?.nodeName).not.toBe(from);
    expect(instanceOf(world).status?.evacuationNodeName).toBeFalsy();
  });

  it.each(['External', 'None'])('leaves one alone whose strategy is %s', async (strategy) => {
    const world = await marked(strategy);
    await world.settle();

    expect(migrationsOf(world)).toEqual([]);
  });

  it('leaves one alone that is not migratable', async () => {
    const world = await marked('LiveMigrateIfPossible', { notMigratable: 'by order' });
    await world.settle();

    expect(migrationsOf(world)).toEqual([]);
  });

  it('tries again after a failure, and then waits 20 s in Pending', async () => {
    const world = await marked('LiveMigrate', { migrationFails: 'simulated' });
    await world.settle();

    expect(migrationsOf(world).map(({ status }) => status?.phase)).toEqual(['Failed', 'Pending']);

    world.faults.setInstance('vms/vm-a', {});
    world.now = new Date(world.now.getTime() + 20_000);
    await world.settle();

    expect(migrationsOf(world).map(({ status }) => status?.phase)).toEqual(['Failed', 'Succeeded']);
  });
});
