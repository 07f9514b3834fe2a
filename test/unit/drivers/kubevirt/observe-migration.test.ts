import { describe, expect, it } from '@jest/globals';
import type { ObservedMigration } from '../../../../src/domain/observed.ts';
import {
  observeMigration,
  unfinishedMigrations,
} from '../../../../src/drivers/kubevirt/observe-migration.ts';
import type { VirtualMachineInstance } from '../../../../src/drivers/kubevirt/resources.ts';
import { aMigrationObject, anInstanceObject, TRANSFERRING } from './objects.ts';

const ended = { endTimestamp: '2026-11-23T01:34:04Z', completed: true };
const failed = { ...TRANSFERRING, ...ended, failed: true, failureReason: 'guest CPU differs' };
const earlier = { ...failed, migrationUid: 'earlier', failureReason: 'of an earlier migration' };
/** virt-controller takes its finalizer off when it has written all that it will. */
const LET_GO = { finalizers: [] };
const DELETION = { deletionTimestamp: '2026-11-23T01:34:03Z' };

interface Row {
  readonly phase?: string;
  /** The copy at the migration's object. */
  readonly copy?: object;
  /** What the instance has; absent: nothing yet. */
  readonly state?: object;
  readonly node?: string;
  readonly metadata?: object;
  readonly instance?: VirtualMachineInstance | undefined;
  readonly deleted?: boolean;
  readonly want: ObservedMigration['phase'];
}

function observe({
  phase,
  copy,
  state,
  node = 'node-1',
  metadata,
  deleted = false,
  ...row
}: Omit<Row, 'want'>) {
  const status = { ...(phase !== undefined && { phase }), ...(copy && { migrationState: copy }) };
  const migration = aMigrationObject({ metadata: { ...metadata }, status });
  const seen = { phase: 'Running', nodeName: node, migrationState: state };
  const instance = 'instance' in row ? row.instance : anInstanceObject({ status: seen });
  return observeMigration({ migration, deleted }, instance);
}

describe('the phase of a migration', () => {
  it.each<[string, Row]>([
    ['just made', { want: 'Queued' }],
    ['waiting for others', { phase: 'Pending', want: 'Queued' }],
    [
      'waiting for others, while the instance shows an earlier one',
      { phase: 'Pending', state: earlier, want: 'Queued' },
    ],
    ['the target pod is placed', { phase: 'Scheduling', want: 'Preparing' }],
    ['the target pod runs', { phase: 'Scheduled', want: 'Preparing' }],
    ['handed over', { phase: 'PreparingTarget', state: TRANSFERRING, want: 'Preparing' }],
    ['the target listens', { phase: 'TargetReady', state: TRANSFERRING, want: 'Preparing' }],
    [
      'memory is copied, but our view of the instance is older: where to, and since when, is not known yet',
      { phase: 'Running', want: 'Preparing' },
    ],
    [
      'memory is copied, but our view of the instance is much older',
      { phase: 'Running', state: earlier, want: 'Preparing' },
    ],
    [
      'memory was copied, and the instance was booted anew since',
      {
        phase: 'Running',
        instance: anInstanceObject({ metadata: { resourceVersion: '301' } }),
        want: 'Running',
      },
    ],
    ['memory is copied', { phase: 'Running', state: TRANSFERRING, want: 'Running' }],
    ['post-copy', { phase: 'Running', state: { ...TRANSFERRING, mode: 'PostCopy' }, want: 'PostCopy' }],
    [
      'the guest has moved, virt-controller has not seen it',
      { phase: 'Running', state: { ...TRANSFERRING, ...ended }, node: 'node-2', want: 'Completing' },
    ],
    [
      'succeeded, and the guest is there',
      { phase: 'Succeeded', state: { ...TRANSFERRING, ...ended }, node: 'node-2', want: 'Succeeded' },
    ],
    [
      'succeeded, but our view of the instance is older',
      { phase: 'Succeeded', copy: { ...TRANSFERRING, ...ended }, state: TRANSFERRING, want: 'Completing' },
    ],
    [
      'succeeded, but our view of the instance is much older',
      { phase: 'Succeeded', state: earlier, want: 'Completing' },
    ],
    [
      'succeeded, and the guest has moved again since',
      {
        phase: 'Succeeded',
        copy: { ...TRANSFERRING, ...ended },
        instance: anInstanceObject({
          metadata: { resourceVersion: '301' },
          status: { nodeName: 'node-1', migrationState: { ...TRANSFERRING, migrationUid: 'later' } },
        }),
        want: 'Succeeded',
      },
    ],
    ['succeeded, and the VM is gone', { phase: 'Succeeded', instance: undefined, want: 'Succeeded' }],
    ['failed before it was handed over', { phase: 'Failed', metadata: LET_GO, want: 'Failed' }],
    [
      'failed before it was handed over, after an earlier one',
      { phase: 'Failed', metadata: LET_GO, state: earlier, want: 'Failed' },
    ],
    ['failed, but our view of the instance is older', { phase: 'Failed', want: 'Completing' }],
    [
      'failed, but our view of the instance is much older',
      { phase: 'Failed', state: earlier, want: 'Completing' },
    ],
    ['failed, the reason is not there yet', { phase: 'Failed', state: TRANSFERRING, want: 'Completing' }],
    ['failed, the instance has the reason', { phase: 'Failed', state: failed, want: 'Failed' }],
    [
      'failed, the copy has the reason',
      { phase: 'Failed', copy: failed, state: TRANSFERRING, want: 'Failed' },
    ],
    [
      'failed without a reason, and nothing more will come',
      { phase: 'Failed', copy: TRANSFERRING, state: TRANSFERRING, want: 'Failed' },
    ],
    [
      'failed under an instance that goes away: what the handlers said is still to be copied',
      {
        phase: 'Failed',
        instance: anInstanceObject({ metadata: DELETION, status: { migrationState: TRANSFERRING } }),
        want: 'Completing',
      },
    ],
    [
      'failed under an instance that is gone: nothing will be copied any more',
      { phase: 'Failed', instance: undefined, want: 'Failed' },
    ],
    [
      'failed, and its object is gone',
      { phase: 'Failed', state: TRANSFERRING, deleted: true, want: 'Failed' },
    ],
    [
      'deleted with its instance, of which KubeVirt says nothing more',
      { phase: 'Running', metadata: DELETION, instance: undefined, want: 'Failed' },
    ],
    [
      'deleted, and its instance is still there',
      { phase: 'Running', metadata: DELETION, state: TRANSFERRING, want: 'Running' },
    ],
    [
      'under an instance that is not seen',
      { phase: 'Running', copy: TRANSFERRING, instance: undefined, want: 'Running' },
    ],
    [
      'succeeded, and its object is gone',
      { phase: 'Succeeded', state: TRANSFERRING, deleted: true, want: 'Succeeded' },
    ],
  ])('%s', (_, { want, ...row }) => {
    expect(observe(row).phase).toBe(want);
  });
});

describe('the facts of a migration', () => {
  const nothing = { source: undefined, destination: undefined, startedAt: undefined, endedAt: undefined };
  const all = {
    source: 'node-1',
    destination: 'node-2',
    startedAt: '2026-11-23T01:34:02Z',
    endedAt: '2026-11-23T01:34:04Z',
  };

  it.each<[string, Omit<Row, 'want'>, object]>([
    ['none before it is handed over', { phase: 'Scheduling' }, nothing],
    ['none of an earlier migration', { phase: 'Scheduling', state: earlier }, nothing],
    [
      'those of the instance while it runs',
      { phase: 'Running', state: TRANSFERRING },
      { ...all, endedAt: undefined },
    ],
    ['those of the copy when a later one runs', { phase: 'Failed', copy: failed, state: earlier }, all],
  ])('%s', (_, row, want) => {
    expect(observe(row)).toMatchObject(want);
  });

  it('has no progress: KubeVirt has no figures', () => {
    expect(observe({ phase: 'Running', state: TRANSFERRING }).progress).toBeUndefined();
  });

  it.each<[string, Omit<Row, 'want'>, boolean]>([
    ['not by itself', { phase: 'Running', state: TRANSFERRING }, false],
    ['when its object is being deleted', { phase: 'Running', state: TRANSFERRING, metadata: DELETION }, true],
    [
      'when the handlers were told',
      { phase: 'Running', state: { ...TRANSFERRING, abortRequested: true } },
      true,
    ],
    ['not when an earlier one was', { phase: 'Running', state: { ...earlier, abortRequested: true } }, false],
  ])('is being aborted: %s', (_, row, want) => {
    expect(observe(row).aborting).toBe(want);
  });
});

describe('the trouble of a migration', () => {
  it('is why it failed', () => {
    expect(observe({ phase: 'Failed', copy: failed }).trouble).toEqual({
      reason: 'MigrationFailed',
      message: 'guest CPU differs',
    });
  });

  it('is where to look where KubeVirt gave no reason', () => {
    const { trouble } = observe({ phase: 'Failed', metadata: LET_GO });
    expect(trouble?.message).toContain('VirtualMachineInstanceMigration medevac-cccccccc');
  });

  it('is what holds it back', () => {
    const blocked = {
      type: 'migrationBlockedByBackup',
      status: 'True',
      reason: 'BackupInProgress',
      message: 'a backup runs',
    };
    const migration = aMigrationObject({ status: { phase: 'Pending', conditions: [blocked] } });
    expect(observeMigration({ migration, deleted: false }, anInstanceObject()).trouble).toEqual({
      reason: 'BackupInProgress',
      message: 'a backup runs',
    });
  });

  it('is none while all goes well', () => {
    expect(observe({ phase: 'Running', state: TRANSFERRING }).trouble).toBeUndefined();
  });
});

describe('the unfinished migrations of a VM', () => {
  const theirs = (name: string, fields: { metadata?: object; status?: object } = {}) =>
    aMigrationObject({ ...fields, metadata: { name, uid: `uid-${name}`, labels: {}, ...fields.metadata } });
  const at = (creationTimestamp: string) => ({ metadata: { creationTimestamp } });
  const known = (migrations: Parameters<typeof unfinishedMigrations>[0]) =>
    unfinishedMigrations(migrations, anInstanceObject());

  it('are oldest first, and by uid in one second, without those that are over', () => {
    const migrations = [
      theirs('late', at('2026-11-23T01:35:00Z')),
      theirs('b', at('2026-11-23T01:34:00Z')),
      theirs('a', at('2026-11-23T01:34:00Z')),
      theirs('over', { status: { phase: 'Succeeded' }, metadata: { resourceVersion: '150' } }),
      theirs('failed', { status: { phase: 'Failed' }, metadata: LET_GO }),
    ];
    expect(known(migrations).map(({ name }) => name)).toEqual(['a', 'b', 'late']);
  });

  it('are known by the LiveMigration that they were made for, or by their own uid', () => {
    const ours = aMigrationObject();
    const [known1] = known([ours]);
    expect(known1).toMatchObject({
      madeFor: 'LiveMigration',
      uid: ours.metadata.name.slice('medevac-'.length),
    });
    expect(known([theirs('kubevirt-migrate-vm-x')])).toEqual([
      {
        uid: 'uid-kubevirt-migrate-vm-x',
        madeFor: 'SomebodyElse',
        kind: 'VirtualMachineInstanceMigration',
        name: 'kubevirt-migrate-vm-x',
        phase: 'Queued',
        source: undefined,
        destination: undefined,
        createdAt: '2026-11-23T01:33:41Z',
      },
    ]);
  });

  it('are not taken for ours by their label alone', () => {
    const labels = aMigrationObject().metadata.labels;
    expect(known([theirs('kubevirt-migrate-vm-x', { metadata: { labels } })])).toMatchObject([
      { madeFor: 'SomebodyElse', uid: 'uid-kubevirt-migrate-vm-x' },
    ]);
  });
});
