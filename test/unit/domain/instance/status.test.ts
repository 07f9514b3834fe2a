import { describe, expect, it } from '@jest/globals';
import type { InstanceStatus, Operation } from '../../../../src/api/instance.ts';
import type { OnExpiry } from '../../../../src/api/rescue.ts';
import { SOURCE_LABEL } from '../../../../src/api/names.ts';
import { decideInstance } from '../../../../src/domain/instance/decide.ts';
import type { InstanceObservation } from '../../../../src/domain/instance/observation.ts';
import { nextInstanceStatus } from '../../../../src/domain/instance/status.ts';
import type { ObservedVm } from '../../../../src/domain/observed.ts';
import { NOTHING_DONE, type Outcome } from '../../../../src/domain/outcome.ts';
import { driverErrors } from '../../../../src/drivers/driver-errors.ts';
import { aRescue } from '../../../builders/instance.ts';
import { aNode } from '../../../builders/nodes.ts';
import {
  anInstanceObservation,
  anObservedMigration,
  anOperation,
  aStatus,
  aStoredInstance,
  MIGRATION_UID,
  NOW,
} from '../../../builders/observation.ts';
import {
  anIdentity,
  anObservedVm,
  aRescueSpec,
  INSTANCE_UID,
  type SpecFields,
} from '../../../builders/vm.ts';

const BEFORE = '2026-11-23T09:00:00.000Z';
const RESCUE = { rescue: aRescue() };
const RESCUED_VM = anObservedVm({ spec: aRescueSpec() });

interface Situation extends Partial<Omit<InstanceObservation, 'instance'>> {
  readonly spec?: SpecFields;
  readonly status?: Partial<InstanceStatus>;
  readonly lock?: Operation['type'];
  readonly outcome?: Outcome;
}

function statusOf(situation: Situation): InstanceStatus {
  const { spec = {}, status, lock, outcome = NOTHING_DONE, ...fields } = situation;
  const operation = lock === undefined ? {} : { operation: anOperation(lock) };
  const instance = aStoredInstance({
    spec,
    status: aStatus({ ...status, ...operation }),
    metadata: { generation: 3 },
  });
  const observation = anInstanceObservation({ ...fields, instance });
  return nextInstanceStatus(observation, decideInstance(observation, NOW), { outcome, now: NOW });
}

/** Conditions in a line each: type, status, reason. */
function brief({ conditions }: InstanceStatus): string[] {
  return (conditions ?? []).map(({ type, status, reason }) => `${type}=${status} ${reason}`);
}

function message({ conditions }: InstanceStatus, type: string): string | undefined {
  return conditions?.find((condition) => condition.type === type)?.message;
}

const MIGRATING: Situation = {
  lock: 'Migrate',
  status: { migration: { name: 'web-1-away', source: 'node-a' } },
  migration: { uid: MIGRATION_UID, exists: true, observed: anObservedMigration() },
};

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

describe('a rescue that has expired', () => {
  const lease = (onExpiry: OnExpiry) => ({ rescue: aRescue({ expiresAfter: '1h', onExpiry }) });
  const begun = {
    since: BEFORE,
    image: 'registry.example/rescue:1',
    session: RESCUED_VM.stored.boot.session,
  };
  const ended = (onExpiry: OnExpiry) =>
    statusOf({ spec: lease(onExpiry), vm: RESCUED_VM, status: { rescue: begun } });
  const when = `The lease of the rescue of Instance default/web-1 expired at ${NOW}.`;

  it.each<{ name: string; situation: Situation; want: string[]; text: string }>([
    {
      name: 'and is kept',
      situation: { spec: lease('Keep'), vm: RESCUED_VM, status: { rescue: begun } },
      want: ['Reconciling=False Settled', 'Rescued=True LeaseExpired', 'Ready=True Rescued'],
      text: 'The rescue goes on, as spec.rescue.onExpiry says. Remove spec.rescue to unrescue the Instance, or set a longer spec.rescue.expiresAfter.',
    },
    {
      name: 'and is being ended',
      situation: { spec: lease('Unrescue'), vm: RESCUED_VM, status: { rescue: begun } },
      want: ['Reconciling=True Unrescuing', 'Rescued=Unknown LeaseExpired', 'Ready=False Unrescuing'],
      text: 'The Instance is Unrescuing.',
    },
    {
      name: 'and was ended',
      situation: { spec: lease('Unrescue'), status: ended('Unrescue'), lock: 'Unrescue' },
      want: ['Reconciling=False Settled', 'Rescued=False LeaseExpired', 'Ready=True Running'],
      text: 'It was unrescued. Remove spec.rescue, or change it to rescue the Instance again.',
    },
    {
      name: 'and was stopped',
      situation: {
        spec: lease('Stop'),
        status: ended('Stop'),
        lock: 'Unrescue',
        vm: anObservedVm({ power: 'Off', running: undefined }),
      },
      want: ['Reconciling=False Settled', 'Rescued=False LeaseExpired', 'Ready=True Stopped'],
      text: 'It was stopped. Remove spec.rescue, so that spec.powerState applies, or change it to rescue the Instance again.',
    },
  ])('$name says since when, and what to do', ({ situation, want, text }) => {
    const status = statusOf(situation);
    expect(brief(status)).toEqual(expect.arrayContaining(want));
    expect(message(status, 'Rescued')).toBe(`${when} ${text}`);
  });

  it('while it migrates is shown as Rescued, and nothing is said to wait', () => {
    const status = { ...MIGRATING.status, rescue: begun };
    const conditions = brief(statusOf({ ...MIGRATING, spec: lease('Unrescue'), vm: RESCUED_VM, status }));
    expect(conditions).toEqual(
      expect.arrayContaining([
        'Reconciling=False Settled',
        'Rescued=True RescueBooted',
        'RestartPending=False UpToDate',
        'Ready=True Rescued',
      ]),
    );
  });
});

describe('what is asked for while the VM migrates', () => {
  it.each<{ name: string; spec: SpecFields; vm: ObservedVm | undefined }>([
    { name: 'a rescue', spec: RESCUE, vm: undefined },
    { name: 'an unrescue', spec: {}, vm: RESCUED_VM },
    { name: 'another rescue', spec: { rescue: aRescue({ device: 'Disk' }) }, vm: RESCUED_VM },
    { name: 'a stop', spec: { powerState: 'Stopped' }, vm: undefined },
  ])('is not done yet, and waits for its end: $name', ({ spec, vm }) => {
    const status = statusOf({ ...MIGRATING, spec, ...(vm && { vm }) });
    expect(brief(status)).toEqual(
      expect.arrayContaining([
        'Reconciling=True MigrationInProgress',
        'RestartPending=True MigrationInProgress',
        'Ready=False MigrationInProgress',
      ]),
    );
    expect(message(status, 'Ready')).toBe(
      'A live migration is under way: what spec.rescue and spec.powerState ask for is carried out when it is over. ' +
        'Abort the migration to have it sooner.',
    );
  });
});

describe('the rescue in the status', () => {
  const held = { since: BEFORE, image: 'registry.example/rescue:1', session: RESCUED_VM.stored.boot.session };

  it.each<Situation & { name: string; want: unknown }>([
    { name: 'keeps its start', spec: RESCUE, vm: RESCUED_VM, want: held },
    {
      name: 'keeps its start when only the lease changes',
      spec: { rescue: aRescue({ expiresAfter: '4h' }) },
      vm: RESCUED_VM,
      want: { ...held, expiresAt: '2026-11-23T13:00:00.000Z' },
    },
    {
      name: 'remembers that its lease has expired',
      spec: { rescue: aRescue({ expiresAfter: '1h', onExpiry: 'Unrescue' }) },
      vm: RESCUED_VM,
      want: {
        ...held,
        expiresAt: NOW,
        expired: { action: 'Unrescue', lease: expect.stringMatching(/^[0-9a-f]{16}$/) },
      },
    },
    {
      name: 'does not change while the Instance is stalled',
      spec: { rescue: aRescue({ device: 'Disk' }) },
      vm: anObservedVm({ instanceUid: 'other' }),
      want: held,
    },
    {
      name: 'begins anew with another rescue system',
      spec: { rescue: aRescue({ device: 'Disk' }) },
      vm: RESCUED_VM,
      want: { ...held, since: NOW, session: expect.not.stringMatching(held.session) },
    },
    { name: 'is gone with the rescue', vm: RESCUED_VM, want: undefined },
    {
      name: 'stays as it is while the VM migrates, although it was edited away',
      ...MIGRATING,
      vm: RESCUED_VM,
      want: held,
    },
  ])('$name', ({ name: _, want, ...situation }) => {
    const status = { ...situation.status, rescue: held };
    expect(statusOf({ ...situation, status }).rescue).toEqual(want);
  });

  it.each([
    { source: { persistentVolumeClaim: { claimName: 'tools' } }, want: 'tools' },
    { source: { volume: { pool: 'images', name: 'tools.iso' } }, want: 'images/tools.iso' },
  ])('names what is booted: $want', ({ source, want }) => {
    expect(statusOf({ spec: { rescue: aRescue({ source }) } }).rescue?.image).toBe(want);
  });
});
