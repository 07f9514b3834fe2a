import { describe, expect, it } from '@jest/globals';
import type { Instance, InstanceStatus } from '../../../src/api/instance.ts';
import type { LiveMigration } from '../../../src/api/live-migration.ts';
import { MIGRATION_UID_LABEL } from '../../../src/api/names.ts';
import { parseInstance, parseLiveMigration } from '../../../src/controllers/resources.ts';
import { anInstance } from '../../builders/instance.ts';
import { aLiveMigration } from '../../builders/live-migration.ts';
import type { AuditEvent } from '../../control-plane/audit-log.ts';
import { ordersUnderLock, Safety } from '../../faults/stories/safety.ts';
import type { Migration } from '../../kubevirt-simulator/objects/kinds.ts';

const time = '2026-11-23T00:00:00Z';
const migrate = { type: 'Migrate', uid: 'lm-1', startedAt: time } as const;

function seen(status: Partial<InstanceStatus>): Instance {
  const { metadata, ...manifest } = anInstance();
  return parseInstance({
    ...manifest,
    metadata: { ...metadata, uid: 'uid-1', generation: 3, resourceVersion: '1', creationTimestamp: time },
    status: { observedGeneration: 3, ...status },
  });
}

function condition(type: string) {
  return { type, status: 'True', reason: 'Because', message: 'So.', lastTransitionTime: time } as const;
}

function migration(phase: NonNullable<LiveMigration['status']>['phase']): LiveMigration {
  const { metadata, ...manifest } = aLiveMigration();
  return parseLiveMigration({
    ...manifest,
    metadata: { ...metadata, uid: 'lm-1', generation: 1, resourceVersion: '1', creationTimestamp: time },
    status: { observedGeneration: 1, phase },
  });
}

function ofDriver(name: string, phase: string, labels = { [MIGRATION_UID_LABEL]: name }): Migration {
  return { metadata: { name, labels }, spec: { vmiName: 'web-1' }, status: { phase } };
}

/** Each row is a history that must not be; what is to be found is the one thing that is wrong with it. */
const rows: readonly (readonly [what: string, play: (safety: Safety) => void, want: string])[] = [
  [
    'a rescued Instance that is shown as Rescuing while it migrates',
    (safety) => {
      safety.instance(seen({ state: 'Rescued', operation: migrate }), 1);
      safety.instance(seen({ state: 'Rescuing', operation: migrate }), 2);
    },
    'web-1 was Rescued and is Rescuing while it is migrated',
  ],
  [
    'a LiveMigration that goes on after its end',
    (safety) => {
      safety.migration(migration('Failed'));
      safety.migration(migration('Running'));
    },
    'LiveMigration web-1-away was Failed and is Running now',
  ],
  [
    'two migrations of ours for one machine',
    (safety) => {
      safety.driverMigration(ofDriver('a', 'Running'), false);
      safety.driverMigration(ofDriver('b', 'Pending'), false);
    },
    'web-1 has 2 migrations of ours: a, b',
  ],
  [
    'a status that is working and stuck',
    (safety) => {
      safety.instance(seen({ conditions: [condition('Reconciling'), condition('Stalled')] }), 1);
    },
    'web-1 is Reconciling and Stalled',
  ],
  [
    'a status that is ready and at work',
    (safety) => {
      safety.instance(seen({ conditions: [condition('Ready'), condition('Reconciling')] }), 1);
    },
    'web-1 is Ready and Reconciling',
  ],
  [
    'a condition that is there twice',
    (safety) => {
      safety.instance(seen({ conditions: [condition('Ready'), condition('Ready')] }), 1);
    },
    'web-1 has a condition twice',
  ],
  [
    'an observedGeneration that goes back',
    (safety) => {
      safety.instance(seen({}), 1);
      safety.instance(seen({ observedGeneration: 2 }), 2);
    },
    'web-1 has seen an older spec than before',
  ],
  [
    'an observedGeneration from the future',
    (safety) => {
      safety.instance(seen({ observedGeneration: 4 }), 1);
    },
    'web-1 has seen a spec that is not there yet',
  ],
];

describe('what must hold at every moment', () => {
  it.each(rows)('is broken by %s', (_what, play, want) => {
    const safety = new Safety();
    play(safety);

    expect(safety.violations).toEqual([want]);
  });

  it('holds for a migration as it should be', () => {
    const safety = new Safety();
    safety.instance(seen({ state: 'Rescued' }), 1);
    safety.instance(seen({ state: 'Rescued', operation: migrate }), 2);
    safety.driverMigration(ofDriver('a', 'Running'), false);
    safety.migration(migration('Running'));
    safety.driverMigration(ofDriver('a', 'Succeeded'), false);
    safety.driverMigration(ofDriver('b', 'Pending'), false);
    safety.driverMigration(ofDriver('of somebody else', 'Pending', {} as never), false);
    safety.migration(migration('Succeeded'));
    safety.instance(seen({ state: 'Rescued' }), 9);
    safety.instance(seen({ state: 'Rescuing' }), 10);

    expect(safety.violations).toEqual([]);
    expect(safety.holds).toEqual([{ name: 'web-1', uid: 'lm-1', from: 2, state: 'Rescued', until: 9 }]);
  });

  it('does not ask for more where somebody else has ended the guest', () => {
    const safety = new Safety();
    safety.instance(seen({ state: 'Rescued', operation: migrate }), 1);
    safety.disturb('web-1', 2);
    safety.instance(seen({ state: 'Starting', operation: migrate }), 3);

    expect(safety.violations).toEqual([]);
  });
});

describe('orders while a migration holds the lock', () => {
  const operator = 'operator';

  function request(ms: number, verb: string, resource: string, subresource?: string): AuditEvent {
    const at = new Date(Date.parse(time) + ms).toISOString();
    return {
      auditID: '',
      stage: 'ResponseComplete',
      requestURI: '',
      verb,
      user: { username: operator },
      objectRef: { resource, name: 'web-1', ...(subresource !== undefined && { subresource }) },
      responseStatus: { code: 200 },
      requestReceivedTimestamp: at,
      stageTimestamp: at,
    };
  }
  function applied(ms: number): AuditEvent {
    const order = request(ms, 'patch', 'virtualmachines');
    return { ...order, requestURI: '/apis/kubevirt.io/v1/namespaces/x/virtualmachines/web-1?force=true' };
  }

  /** As `StatusWriter` sends it. */
  function status(ms: number, operation?: object): AuditEvent {
    const requestObject = {
      metadata: { name: 'web-1', resourceVersion: '1' },
      status: { state: 'Running', ...(operation && { operation }) },
    };
    return { ...request(ms, 'update', 'instances', 'status'), requestObject };
  }
  const lock = status(0, migrate);
  const release = status(2900);

  it.each([
    ['a restart', request(1000, 'update', 'virtualmachines', 'restart')],
    ['a VM that is rendered anew', applied(1000)],
    ['just before its release', applied(2899)],
  ])('are found: %s', (_what, order) => {
    expect(ordersUnderLock([lock, order, release], operator)).toHaveLength(1);
  });

  it.each([
    ['before it', [request(-1, 'update', 'virtualmachines', 'restart'), lock, release]],
    ['of the claim, which says whose the VM is', [lock, request(1000, 'patch', 'virtualmachines'), release]],
    ['of the migration itself', [lock, request(1000, 'create', 'virtualmachineinstancemigrations'), release]],
    [
      'after its release, however soon the next status follows',
      [lock, release, applied(2901), status(2902, { ...migrate, type: 'Rescue' })],
    ],
  ])('are right: %s', (_what, log) => {
    expect(ordersUnderLock(log, operator)).toEqual([]);
  });
});
