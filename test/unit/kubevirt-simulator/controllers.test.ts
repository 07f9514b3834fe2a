import { describe, expect, it } from '@jest/globals';
import type { VirtualMachine, Volume } from '../../kubevirt-simulator/objects/kinds.ts';
import { machine, migration } from './machines.ts';
import { World } from './world.ts';

/** The phases that an object has gone through, as the writes tell. */
function phases(world: World, what: string): string[] {
  return world.written.flatMap((line) => {
    const found = line.startsWith(`${what} `) ? /(?:created|changed) (\w+)$/.exec(line)?.[1] : undefined;
    return found === undefined ? [] : [found];
  });
}

async function running(nodes = ['node-1', 'node-2', 'node-3']): Promise<World> {
  const world = new World(nodes);
  world.create('VirtualMachine', machine());
  await world.settle();
  world.written.length = 0;
  return world;
}

/** The machine with one more volume. */
function withVolume(source: Omit<Volume, 'name'>): Partial<VirtualMachine['spec']> {
  const { template } = machine().spec;
  const volumes = [...(template.spec.volumes ?? []), { name: 'more', ...source }];
  return { template: { ...template, spec: { ...template.spec, volumes } } };
}

describe('the controllers, without a server', () => {
  it('start a machine phase by phase', async () => {
    const world = new World(['node-1']);
    world.create('VirtualMachine', machine());

    await world.settle();

    expect(phases(world, 'VirtualMachineInstance vm-a')).toEqual([
      'Pending',
      'Scheduling',
      'Scheduled',
      'Running',
    ]);
    expect(world.view.get('VirtualMachine', 'vms/vm-a')?.status).toMatchObject({
      printableStatus: 'Running',
      ready: true,
      created: true,
    });
  });

  it('give a deleted instance its successor only when it has gone', async () => {
    const world = await running();

    world.delete('VirtualMachineInstance', 'vms/vm-a');
    await world.settle();

    expect(phases(world, 'VirtualMachineInstance vm-a')).toEqual([
      'Succeeded',
      'Pending',
      'Scheduling',
      'Scheduled',
      'Running',
    ]);
    const steps = world.written.filter((line) => /^VirtualMachineInstance vm-a (gone|created)/.test(line));
    expect(steps).toEqual([
      'VirtualMachineInstance vm-a gone',
      'VirtualMachineInstance vm-a created Pending',
    ]);
  });

  it('migrate through all phases, one in each pass, and leave the instance on the other node', async () => {
    const world = await running();
    const from = world.view.get('VirtualMachineInstance', 'vms/vm-a')?.status?.nodeName;
    world.create('VirtualMachineInstanceMigration', migration());

    await world.settle();

    expect(phases(world, 'VirtualMachineInstanceMigration mig-a')).toEqual([
      'Pending',
      'Scheduling',
      'Scheduled',
      'PreparingTarget',
      'TargetReady',
      'Running',
      'Succeeded',
    ]);
    const { nodeName, migrationState } = world.view.get('VirtualMachineInstance', 'vms/vm-a')?.status ?? {};
    expect(nodeName).not.toBe(from);
    expect(migrationState).toMatchObject({ sourceNode: from, targetNode: nodeName, completed: true });
    expect(world.view.list('Pod').map((pod) => pod.spec.nodeName)).toContain(nodeName);
  });

  it('move nodeName before the migration is Succeeded, as a driver must expect', async () => {
    const world = await running();
    const from = world.view.get('VirtualMachineInstance', 'vms/vm-a')?.status?.nodeName;
    world.create('VirtualMachineInstanceMigration', migration());
    const seen = new Set<string>();
    world.afterWrite = () => {
      const moved = world.view.get('VirtualMachineInstance', 'vms/vm-a')?.status?.nodeName !== from;
      const phase = world.view.get('VirtualMachineInstanceMigration', 'vms/mig-a')?.status?.phase ?? '';
      seen.add(`${phase} ${moved ? 'moved' : 'not moved'}`);
    };

    await world.settle();

    expect([...seen]).toContain('Running moved');
    expect([...seen]).not.toContain('Succeeded not moved');
  });

  it('run two migrations that were admitted at the same moment one after the other', async () => {
    const world = await running();
    world.create('VirtualMachineInstanceMigration', migration('mig-a'));
    world.create('VirtualMachineInstanceMigration', migration('mig-b'));
    const seen = new Set<string>();
    world.afterWrite = () => {
      const both = world.view
        .list('VirtualMachineInstanceMigration')
        .map(({ status }) => status?.phase ?? '');
      seen.add(both.join(' '));
    };

    await world.settle();

    expect([...seen]).toContain('Running Pending');
    expect([...seen]).toContain('Succeeded Running');
    expect([...seen].filter((both) => both === 'Running Running')).toEqual([]);
    expect([...seen].at(-1)).toBe('Succeeded Succeeded');
  });

  it('say why a migration failed only after the phase', async () => {
    const world = await running();
    world.faults.setInstance('vms/vm-a', { migrationFails: 'operation failed: simulated' });
    world.create('VirtualMachineInstanceMigration', migration());
    const reasons = new Set<string>();
    world.afterWrite = () => {
      const status = world.view.get('VirtualMachineInstanceMigration', 'vms/mig-a')?.status;
      if (status?.phase === 'Failed') {
        reasons.add(status.migrationState?.failureReason ?? 'none yet');
      }
    };

    await world.settle();

    expect([...reasons]).toEqual(['none yet', 'operation failed: simulated']);
    expect(world.view.get('VirtualMachineInstance', 'vms/vm-a')?.status?.phase).toBe('Running');
  });

  it('leave a migration Pending while its target fits nowhere, and the instance where it is', async () => {
    const world = await running(['node-1']);
    world.create('VirtualMachineInstanceMigration', migration());

    await world.settle();

    expect(phases(world, 'VirtualMachineInstanceMigration mig-a')).toEqual(['Pending', 'Scheduling']);
    const waiting = world.view.list('Pod').find((pod) => pod.spec.nodeName === undefined);
    expect(waiting?.status?.conditions).toMatchObject([{ type: 'PodScheduled', reason: 'Unschedulable' }]);
  });

  it('abort a migration that is deleted before its hand-over at once', async () => {
    const world = await running(['node-1']);
    world.create('VirtualMachineInstanceMigration', migration());
    await world.settle();

    world.delete('VirtualMachineInstanceMigration', 'vms/mig-a');
    await world.settle();

    expect(phases(world, 'VirtualMachineInstanceMigration mig-a').at(-1)).toBe('Failed');
    expect(world.view.get('VirtualMachineInstanceMigration', 'vms/mig-a')).toBeUndefined();
    expect(world.view.list('Pod')).toHaveLength(1);
  });

  it('count an instance that never ran as a failed start, and wait before the next', async () => {
    const world = new World(['node-1'], { instances: { 'vms/vm-a': { doesNotBoot: true } } });
    world.create('VirtualMachine', machine());

    await world.settle();

    const { startFailure, printableStatus } = world.view.get('VirtualMachine', 'vms/vm-a')?.status ?? {};
    expect(startFailure?.consecutiveFailCount).toBe(1);
    expect(printableStatus).toBe('CrashLoopBackOff');
  });

  it('leave a pod without its containers while a Secret of its seed is missing, and say it of nothing but the pod', async () => {
    const world = new World(['node-1']);
    world.create(
      'VirtualMachine',
      machine('vm-a', withVolume({ cloudInitNoCloud: { secretRef: { name: 'late' } } })),
    );

    await world.settle();

    expect(phases(world, 'VirtualMachineInstance vm-a').at(-1)).toBe('Scheduling');
    expect(world.view.list('Pod')).toMatchObject([
      { status: { containerStatuses: [{ state: { waiting: { reason: 'PodInitializing' } } }] } },
    ]);
    expect(world.events).toContain(
      'FailedMount MountVolume.SetUp failed for volume "more-udata" : secret "late" not found',
    );
    const conditions = world.view.get('VirtualMachineInstance', 'vms/vm-a')?.status?.conditions ?? [];
    expect(JSON.stringify(conditions)).not.toContain('late');
    expect(world.view.get('VirtualMachine', 'vms/vm-a')?.status?.printableStatus).toBe('Starting');

    world.create('Secret', { metadata: { namespace: 'vms', name: 'late' } });
    await world.settle();

    expect(phases(world, 'VirtualMachineInstance vm-a').at(-1)).toBe('Running');
  });

  it('make no pod while a claim is missing, and go on when it is there', async () => {
    const world = new World(['node-1']);
    world.create(
      'VirtualMachine',
      machine('vm-a', withVolume({ persistentVolumeClaim: { claimName: 'late' } })),
    );
    await world.settle();
    expect(world.view.get('VirtualMachine', 'vms/vm-a')?.status?.printableStatus).toBe('ErrorPvcNotFound');

    world.create('PersistentVolumeClaim', { metadata: { namespace: 'vms', name: 'late' } });
    await world.settle();

    expect(phases(world, 'VirtualMachineInstance vm-a').at(-1)).toBe('Running');
  });

  it('keep five finished migrations of an instance', async () => {
    const world = await running();

    for (let count = 1; count <= 7; count += 1) {
      world.create('VirtualMachineInstanceMigration', migration(`mig-${count}`));
      await world.settle();
    }

    const kept = world.view.list('VirtualMachineInstanceMigration').map(({ metadata }) => metadata.name);
    expect(kept).toEqual(['mig-3', 'mig-4', 'mig-5', 'mig-6', 'mig-7']);
  });
});
