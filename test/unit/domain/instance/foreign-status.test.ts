import { describe, expect, it } from '@jest/globals';
import type { InstanceStatus } from '../../../../src/api/instance.ts';
import { decideInstance } from '../../../../src/domain/instance/decide.ts';
import { nextInstanceStatus } from '../../../../src/domain/instance/status.ts';
import { aRescue } from '../../../builders/instance.ts';
import { anInstanceObservation, aStatus, aStoredInstance, NOW } from '../../../builders/observation.ts';
import { aForeignMigration, anObservedVm, aRescueSpec, FOREIGN_UID } from '../../../builders/vm.ts';

const RESCUE = { rescue: aRescue() };

function conditionOf({ conditions }: InstanceStatus, wanted: string) {
  return conditions?.find(({ type }) => type === wanted);
}

describe('the status while somebody else migrates the VM', () => {
  const FOREIGN = aForeignMigration();
  const vmWith = (fields: Parameters<typeof aForeignMigration>[0]) =>
    anObservedVm({ spec: aRescueSpec(), migrations: [aForeignMigration(fields)] });

  function statusesOf(...vms: ReturnType<typeof anObservedVm>[]): InstanceStatus[] {
    const instance = aStoredInstance({ spec: RESCUE, status: aStatus({ state: 'Rescued' }) });
    return vms.reduce<InstanceStatus[]>((statuses, vm) => {
      const status = statuses.at(-1) ?? instance.status;
      const observation = anInstanceObservation({ instance: aStoredInstance({ spec: RESCUE, status }), vm });
      return [...statuses, nextInstanceStatus(observation, decideInstance(observation, NOW), { now: NOW })];
    }, []);
  }

  it('shows it Migrating, Rescued and ready on its source, in the words of the backend', () => {
    const [status] = statusesOf(vmWith({}));
    expect(status).toMatchObject({
      state: 'Rescued',
      node: 'node-a',
      operation: { type: 'Migrate', uid: FOREIGN_UID, startedAt: NOW },
      migration: { name: FOREIGN.name, source: 'node-a' },
    });
    expect(status?.conditions).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ type: 'Rescued', status: 'True', reason: 'RescueBooted' }),
        expect.objectContaining({ type: 'Ready', status: 'True', reason: 'Rescued' }),
      ]),
    );
    expect(status && conditionOf(status, 'Migrating')).toMatchObject({
      status: 'True',
      reason: 'ForeignMigration',
      message:
        `VirtualMachineInstanceMigration default/${FOREIGN.name} moves the VM; it was not made by medevac. ` +
        'Delete it to abort it.',
    });
  });

  it('shows both ends where they are known at first sight', () => {
    const moved = { phase: 'Running', source: 'node-a', destination: 'node-b' } as const;
    const [status] = statusesOf(vmWith(moved));
    expect(status?.migration).toEqual({ name: FOREIGN.name, source: 'node-a', destination: 'node-b' });
  });

  it('one write tells of its beginning, one of its end', () => {
    const [first, ...then] = statusesOf(
      vmWith({}),
      vmWith({ phase: 'Preparing', source: 'node-a', destination: 'node-b' }),
      vmWith({ phase: 'Running', source: 'node-a', destination: 'node-b' }),
      anObservedVm({ spec: aRescueSpec(), running: { node: 'node-b' }, migrations: [] }),
    );
    expect(then[0]).toEqual(first);
    expect(then[1]).toEqual(first);
    expect(then[2]).toMatchObject({ state: 'Rescued', node: 'node-b' });
    expect(then[2]).not.toHaveProperty('operation');
    expect(then[2]).not.toHaveProperty('migration');
  });
});
