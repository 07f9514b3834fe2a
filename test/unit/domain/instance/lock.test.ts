import { describe, expect, it } from '@jest/globals';
import { decideInstance } from '../../../../src/domain/instance/decide.ts';
import { nextInstanceStatus } from '../../../../src/domain/instance/status.ts';
import { ACCEPTED, type Outcome } from '../../../../src/domain/outcome.ts';
import { driverErrors } from '../../../../src/drivers/driver-errors.ts';
import { statusAfterMigration, statusWithMigration } from '../../../../src/domain/instance/lock.ts';
import {
  anInstanceObservation,
  anObservedMigration,
  anOperation,
  aStatus,
  aStoredInstance,
  MIGRATION_UID,
  NOW,
} from '../../../builders/observation.ts';
import { anObservedVm, aRescueSpec, INSTANCE_UID } from '../../../builders/vm.ts';

const LOCKED = aStatus({
  operation: anOperation('Migrate'),
  migration: { name: 'web-1-away', source: 'node-a' },
});
const HOLD = { uid: MIGRATION_UID, exists: true, observed: anObservedMigration() };

describe('the lock that a migration takes', () => {
  it.each([
    { destination: undefined, want: { name: 'web-1-away', source: 'node-a' } },
    { destination: 'node-c', want: { name: 'web-1-away', source: 'node-a', destination: 'node-c' } },
  ])('is shown with the way that it goes: $destination', ({ destination, want }) => {
    const claim = { uid: MIGRATION_UID, name: 'web-1-away', destination };
    expect(statusWithMigration(anInstanceObservation(), claim, NOW)).toMatchObject({
      state: 'Running',
      operation: { type: 'Migrate', uid: MIGRATION_UID, startedAt: NOW },
      migration: want,
    });
  });
});

describe('the lock of a migration whose LiveMigration is gone, and that was never seen', () => {
  const instance = aStoredInstance({ status: LOCKED });
  const observation = anInstanceObservation({
    instance,
    migration: { ...HOLD, exists: false, observed: undefined },
  });
  const operationAfter = (outcome: Outcome) =>
    nextInstanceStatus(observation, decideInstance(observation, NOW), { outcome, now: NOW }).operation?.type;

  it.each([
    { answer: 'knows of none', outcome: driverErrors.notFound('none'), want: undefined },
    { answer: 'has one', outcome: ACCEPTED, want: 'Migrate' },
    { answer: 'is being asked to begin', outcome: driverErrors.busy('later'), want: 'Migrate' },
    { answer: 'does not answer', outcome: driverErrors.unavailable('no answer'), want: 'Migrate' },
  ])('is held by $want where the driver $answer', ({ outcome, want }) => {
    expect(operationAfter(outcome)).toBe(want);
  });
});

describe('the lock that a migration gives back', () => {
  it('is free, and the node is where the VM is now', () => {
    const instance = aStoredInstance({ status: LOCKED });
    const vm = anObservedVm({ running: { node: 'node-b' } });
    const status = statusAfterMigration(anInstanceObservation({ instance, vm, migration: HOLD }), NOW);
    expect(status).toMatchObject({ state: 'Running', node: 'node-b' });
    expect(status).not.toHaveProperty('operation');
    expect(status).not.toHaveProperty('migration');
  });

  it('goes to what was held back meanwhile', () => {
    const instance = aStoredInstance({ status: LOCKED });
    const vm = anObservedVm({ spec: aRescueSpec() });
    expect(statusAfterMigration(anInstanceObservation({ instance, vm, migration: HOLD }), NOW)).toMatchObject(
      {
        state: 'Unrescuing',
        operation: { type: 'Unrescue', uid: INSTANCE_UID, startedAt: NOW },
      },
    );
  });
});
