import { describe, expect, it } from '@jest/globals';
import { decideInstance, isOperating } from '../../../../src/domain/instance/decide.ts';
import {
  anInstanceObservation,
  anOperation,
  aStatus,
  aStoredInstance,
  NOW,
} from '../../../builders/observation.ts';
import {
  aForeignMigration,
  anObservedVm,
  aRenderedVm,
  aSpec,
  FOREIGN_UID,
  INSTANCE_UID,
  type SpecFields,
} from '../../../builders/vm.ts';
import { ALL_TABLES } from './all-cases.ts';
import { observe, RESCUE, STOPPED, type Situation } from './situation.ts';

describe.each(Object.entries(ALL_TABLES))('%s', (_, rows) => {
  it.each(rows)('$name', ({ name: _name, want, ...situation }) => {
    const { action, lock, stalled, awaited } = decideInstance(observe(situation), NOW);
    expect({ action, lock: lock?.type, stalled: stalled?.reason, awaited: awaited?.reason }).toEqual({
      stalled: undefined,
      awaited: undefined,
      ...want,
    });
  });
});

describe('the lock', () => {
  it('is of the Instance itself, from now', () => {
    const { lock } = decideInstance(observe({ vm: undefined }), NOW);
    expect(lock).toEqual({ type: 'Start', uid: INSTANCE_UID, startedAt: NOW });
  });

  it('of somebody else’s migration is of that migration, from now', () => {
    const { lock } = decideInstance(
      observe({ vm: anObservedVm({ migrations: [aForeignMigration()] }) }),
      NOW,
    );
    expect(lock).toEqual({ type: 'Migrate', uid: FOREIGN_UID, startedAt: NOW });
  });

  it('stays with the one of two migrations that has it', () => {
    const migrations = [aForeignMigration({ uid: 'first' }), aForeignMigration()];
    const vm = anObservedVm({ migrations });
    const { lock } = decideInstance(observe({ vm, lock: 'Migrate', holder: FOREIGN_UID }), NOW);
    expect(lock?.uid).toBe(FOREIGN_UID);
  });

  it('stays as it was taken', () => {
    const { lock } = decideInstance(observe({ vm: undefined, lock: 'Start' }), '2026-11-23T11:00:00.000Z');
    expect(lock).toEqual(anOperation('Start'));
  });

  it.each(['Start', 'Stop', 'Rescue', 'Unrescue'] as const)('%s is our own work', (type) => {
    const decision = decideInstance(observe({}), NOW);
    expect(isOperating({ ...decision, lock: anOperation(type) })).toBe(true);
  });

  it('Migrate, and none, is not', () => {
    const decision = decideInstance(observe({}), NOW);
    expect(isOperating({ ...decision, lock: anOperation('Migrate') })).toBe(false);
    expect(isOperating({ ...decision, lock: undefined })).toBe(false);
  });
});

describe('an Instance that is being deleted', () => {
  it.each<Situation>([{ vm: undefined }, { spec: RESCUE }, { lock: 'Start', vm: undefined }])(
    'is left as it is: %j',
    (situation) => {
      const observation = observe(situation);
      const metadata = { ...observation.instance.metadata, deletionTimestamp: NOW };
      const { action, lock } = decideInstance(
        { ...observation, instance: { ...observation.instance, metadata } },
        NOW,
      );
      expect(action).toEqual({ kind: 'None' });
      expect(lock?.type).toBe(situation.lock);
    },
  );
});

describe('the target', () => {
  it.each<{ spec: SpecFields; want: 'On' | 'Off' }>([
    { spec: {}, want: 'On' },
    { spec: STOPPED, want: 'Off' },
    { spec: { ...STOPPED, ...RESCUE }, want: 'On' },
  ])('power of %j', ({ spec, want }) => {
    expect(decideInstance(observe({ spec }), NOW).target.power).toBe(want);
  });

  it('is rendered from the stored spec with the frozen identity', () => {
    const frozen = { firmwareUUID: 'frozen-uuid', serial: 's', macAddresses: {} };
    const status = aStatus({ resolved: { driver: 'memory', identity: frozen } });
    const observation = anInstanceObservation({ instance: aStoredInstance({ status }) });
    expect(decideInstance(observation, NOW).target.vm.identity).toMatchObject({
      firmwareUUID: 'frozen-uuid',
    });
    expect(decideInstance(observe({}), NOW).target.vm).toEqual(aRenderedVm(aSpec()));
  });

  it('does not take the identity of a VM that is not ours', () => {
    const vm = {
      ...anObservedVm({ instanceUid: 'other' }),
      identity: { firmwareUUID: 'x', serial: 'x', macAddresses: {} },
    };
    expect(decideInstance(observe({ vm }), NOW).target.vm.identity.firmwareUUID).toBe(INSTANCE_UID);
  });
});
