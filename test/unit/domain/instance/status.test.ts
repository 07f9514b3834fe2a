import { describe, expect, it } from '@jest/globals';
import { SOURCE_LABEL } from '../../../../src/api/names.ts';
import { driverErrors } from '../../../../src/drivers/driver-errors.ts';
import { aNode } from '../../../builders/nodes.ts';
import { NOW } from '../../../builders/observation.ts';
import { anIdentity, anObservedVm, INSTANCE_UID } from '../../../builders/vm.ts';
import { RESCUE, RESCUED_VM, type Situation, statusOf, brief, message, MIGRATING } from './statuses.ts';

describe('the conditions of an Instance', () => {
  it.each<Situation & { name: string; want: string[] }>([
    {
      name: 'that runs',
      want: [
        'Reconciling=False Settled',
        'Stalled=False NotStalled',
        'Rescued=False NotRescued',
        'Migrating=False NotMigrating',
        'LiveMigratable=True Migratable',
        'Evacuating=False NotEvacuating',
        'RestartPending=False UpToDate',
        'Ready=True Running',
      ],
    },
    {
      name: 'that is rescued',
      spec: RESCUE,
      vm: RESCUED_VM,
      want: [
        'Reconciling=False Settled',
        'Stalled=False NotStalled',
        'Rescued=True RescueBooted',
        'Migrating=False NotMigrating',
        'LiveMigratable=True Migratable',
        'Evacuating=False NotEvacuating',
        'RestartPending=False UpToDate',
        'Ready=True Rescued',
      ],
    },
    {
      name: 'that is being rescued',
      spec: RESCUE,
      want: [
        'Reconciling=True Rescuing',
        'Stalled=False NotStalled',
        'Rescued=Unknown Rescuing',
        'Migrating=False NotMigrating',
        'LiveMigratable=False Rescuing',
        'Evacuating=False NotEvacuating',
        'RestartPending=False UpToDate',
        'Ready=False Rescuing',
      ],
    },
    {
      name: 'that is rescued and migrates',
      ...MIGRATING,
      spec: RESCUE,
      vm: RESCUED_VM,
      want: [
        'Reconciling=False Settled',
        'Stalled=False NotStalled',
        'Rescued=True RescueBooted',
        'Migrating=True LiveMigration',
        'LiveMigratable=False Migrating',
        'Evacuating=False NotEvacuating',
        'RestartPending=False UpToDate',
        'Ready=True Rescued',
      ],
    },
    {
      name: 'that is stopped',
      spec: { powerState: 'Stopped' },
      vm: anObservedVm({ power: 'Off', running: undefined }),
      node: undefined,
      want: [
        'Reconciling=False Settled',
        'Stalled=False NotStalled',
        'Rescued=False NotRescued',
        'Migrating=False NotMigrating',
        'LiveMigratable=False NotRunning',
        'Evacuating=False NotEvacuating',
        'RestartPending=False UpToDate',
        'Ready=True Stopped',
      ],
    },
    {
      name: 'whose name is taken by a VM that is not ours',
      vm: anObservedVm({ instanceUid: undefined }),
      want: [
        'Reconciling=False Settled',
        'Stalled=True NotOwned',
        'Rescued=False NotRescued',
        'Migrating=False NotMigrating',
        'LiveMigratable=False NotRunning',
        'Evacuating=False NotEvacuating',
        'RestartPending=False UpToDate',
        'Ready=False NotOwned',
      ],
    },
  ])('$name', ({ name: _, want, ...situation }) => {
    expect(brief(statusOf(situation))).toEqual(want);
  });

  it.each<Situation & { name: string; want: string }>([
    {
      name: 'the driver says why',
      vm: anObservedVm({
        running: { notMigratable: { reason: 'DisksNotLiveMigratable', message: 'not shared' } },
      }),
      want: 'LiveMigratable=False DisksNotLiveMigratable',
    },
    {
      name: 'a rescued one is on a node that cannot send it',
      spec: RESCUE,
      vm: RESCUED_VM,
      node: aNode('node-a', { capable: 'Destination' }),
      want: 'LiveMigratable=False SourceNotCapable',
    },
    {
      name: 'a running one on the same node can be moved',
      node: aNode('node-a', { capable: 'Destination' }),
      want: 'LiveMigratable=True Migratable',
    },
    { name: 'hardware was edited', spec: { memory: '2Gi' }, want: 'RestartPending=True SpecChanged' },
    {
      name: 'hardware was edited, also while it migrates',
      ...MIGRATING,
      spec: { memory: '2Gi' },
      want: 'RestartPending=True SpecChanged',
    },
  ])('say so when $name', ({ name: _, want, ...situation }) => {
    expect(brief(statusOf(situation))).toContain(want);
  });

  it('name node and label where a rescued one cannot be sent', () => {
    const node = aNode('node-a', { capable: 'Neither' });
    expect(message(statusOf({ spec: RESCUE, vm: RESCUED_VM, node }), 'LiveMigratable')).toBe(
      `Source node "node-a" can't send rescued instances: it lacks the label ${SOURCE_LABEL}=true.`,
    );
  });

  it('have the words of the driver when it does not do as it is told', () => {
    const outcome = driverErrors.unavailable('The API server does not answer.');
    const status = statusOf({ vm: undefined, node: undefined, lock: 'Start', outcome });
    const want =
      "Driver memory can't work on Instance default/web-1: The API server does not answer. " +
      'It is asked again; if it stays so, look after the backend.';
    expect(message(status, 'Reconciling')).toBe(want);
    expect(message(status, 'Ready')).toBe(want);
    expect(brief(status)).toEqual(expect.arrayContaining(['Reconciling=True DriverUnavailable']));
  });

  it('are never Reconciling and Stalled at once', () => {
    const vm = anObservedVm({ instanceUid: undefined });
    expect(brief(statusOf({ vm, lock: 'Start' }))).toEqual(
      expect.arrayContaining(['Reconciling=False Settled', 'Stalled=True NotOwned']),
    );
  });
});

describe('the status of an Instance', () => {
  it('that runs', () => {
    const { conditions: _, ...facts } = statusOf({});
    expect(facts).toEqual({
      observedGeneration: 3,
      state: 'Running',
      powerState: 'Running',
      node: 'node-a',
      resolved: { driver: 'memory', identity: anIdentity() },
    });
  });

  it.each([undefined, { phase: 'Ended' as const }])(
    'of a guest that is gone is the same, record or none: %j',
    (running) => {
      const vm = anObservedVm({ power: 'Off', running });
      const status = statusOf({ spec: { powerState: 'Stopped' }, vm });
      expect(status).toMatchObject({ state: 'Stopped', powerState: 'Stopped' });
      expect(status).not.toHaveProperty('node');
      expect(brief(status)).toContain('LiveMigratable=False NotRunning');
    },
  );

  it('announces an operation with its lock, and says nothing of what will change anyway', () => {
    const { conditions: _, ...facts } = statusOf({ spec: RESCUE, status: { powerState: 'Running' } });
    expect(facts).toEqual({
      observedGeneration: 3,
      state: 'Rescuing',
      powerState: 'Running',
      resolved: { driver: 'memory', identity: anIdentity() },
      rescue: { since: NOW, image: 'registry.example/rescue:1', session: RESCUED_VM.stored.boot.session },
      operation: { type: 'Rescue', uid: INSTANCE_UID, startedAt: NOW },
    });
  });

  it('shows a migration, and the source as long as it lasts', () => {
    const vm = anObservedVm({ running: { node: 'node-b' } });
    expect(statusOf({ ...MIGRATING, vm })).toMatchObject({
      state: 'Running',
      node: 'node-a',
      migration: { name: 'web-1-away', source: 'node-a' },
    });
  });

  it('says nothing of a VM that is not ours', () => {
    const { state, powerState, node, resolved } = statusOf({ vm: anObservedVm({ instanceUid: 'other' }) });
    expect({ state, powerState, node, resolved }).toEqual({
      state: 'Pending',
      powerState: 'Stopped',
      node: undefined,
      resolved: undefined,
    });
  });

  it('keeps the identity that a guest has seen, whatever becomes of the VM', () => {
    const identity = { firmwareUUID: 'frozen', serial: 'frozen', macAddresses: {} };
    const resolved = { driver: 'memory' as const, identity };
    const foreign = anObservedVm({ instanceUid: 'other' });
    for (const vm of [undefined, foreign]) {
      expect(statusOf({ vm, status: { resolved } }).resolved?.identity.firmwareUUID).toBe('frozen');
    }
  });
});
