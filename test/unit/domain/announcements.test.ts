import { describe, expect, it } from '@jest/globals';
import type { Condition } from '../../../src/api/conditions.ts';
import type { InstanceStatus } from '../../../src/api/instance.ts';
import type { OnExpiry } from '../../../src/api/rescue.ts';
import { announceInstance } from '../../../src/domain/instance/announcements.ts';
import { announceMigration } from '../../../src/domain/live-migration/announcements.ts';
import { anOperation, aStatus, aStoredInstance, NOW } from '../../builders/observation.ts';
import { anObservedVm } from '../../builders/vm.ts';
import { anExpiredLease } from './instance/situation.ts';

function expired(onExpiry: OnExpiry): NonNullable<InstanceStatus['rescue']> {
  const { rescue } = anExpiredLease(onExpiry);
  if (rescue === undefined) throw new Error('an expired lease has its rescue');
  return rescue;
}

function notReady(reason: string): Condition {
  return { type: 'Ready', status: 'False', reason, message: 'What to do.', lastTransitionTime: NOW };
}

describe('what is told of an Instance', () => {
  it.each<{ name: string; before: InstanceStatus | undefined; after: InstanceStatus; want: unknown }>([
    {
      name: 'a rescue that begins',
      before: aStatus(),
      after: aStatus({ state: 'Rescuing', operation: anOperation('Rescue') }),
      want: {
        type: 'Normal',
        reason: 'Rescuing',
        action: 'Rescue',
        note: 'Booting the VM from its rescue system.',
      },
    },
    {
      name: 'a rescue that is over, named after the operation that was',
      before: aStatus({ state: 'Rescuing', operation: anOperation('Rescue') }),
      after: aStatus({ state: 'Rescued', node: 'node-a' }),
      want: {
        type: 'Normal',
        reason: 'Rescued',
        action: 'Rescue',
        note: 'The VM is booted from its rescue system. It is on node "node-a".',
      },
    },
    {
      name: 'a VM that can not run, as a warning',
      before: aStatus(),
      after: aStatus({ state: 'Failed' }),
      want: { type: 'Warning', reason: 'Failed', action: 'Observe', note: 'The VM does not run.' },
    },
    ...(
      [
        ['Unrescue', 'Normal', 'The lease of the rescue has expired: unrescuing the Instance.'],
        ['Stop', 'Normal', 'The lease of the rescue has expired: stopping the VM.'],
        [
          'Keep',
          'Warning',
          'The lease of the rescue has expired; the rescue goes on. Remove spec.rescue to unrescue the Instance.',
        ],
      ] as const
    ).map(([onExpiry, type, note]) => ({
      name: `a lease that has expired: ${onExpiry}`,
      before: aStatus({ state: 'Rescued' }),
      after: aStatus({ state: 'Rescued', rescue: expired(onExpiry) }),
      want: { type, reason: 'LeaseExpired', action: 'Observe', note },
    })),
    {
      name: 'a lease that has expired in place of the state that follows from it',
      before: aStatus({ state: 'Rescued' }),
      after: aStatus({
        state: 'Unrescuing',
        operation: anOperation('Unrescue'),
        rescue: expired('Unrescue'),
      }),
      want: expect.objectContaining({ reason: 'LeaseExpired', action: 'Unrescue' }),
    },
    {
      name: 'what follows from a lease that had expired',
      before: aStatus({ state: 'Unrescuing', rescue: expired('Unrescue') }),
      after: aStatus({ state: 'Running', rescue: expired('Unrescue') }),
      want: expect.objectContaining({ reason: 'Running' }),
    },
    {
      name: 'what has come into the way, as a warning with what to do',
      before: aStatus({ state: 'Rescuing', operation: anOperation('Rescue') }),
      after: aStatus({
        state: 'Rescuing',
        operation: anOperation('Rescue'),
        conditions: [notReady('ImagePullFailed')],
      }),
      want: { type: 'Warning', reason: 'ImagePullFailed', action: 'Rescue', note: 'What to do.' },
    },
    ...(['NotOwned', 'IdentityConflict', 'DiskInUse'] as const).map((reason) => ({
      name: `${reason}, in place of a VM that is said to be on its way`,
      before: undefined,
      after: aStatus({ state: 'Pending' as const, conditions: [notReady(reason)] }),
      want: { type: 'Warning', reason, action: 'Observe', note: 'What to do.' },
    })),
    {
      name: 'nothing, where it was in the way before',
      before: aStatus({ conditions: [notReady('ImagePullFailed')] }),
      after: aStatus({ conditions: [{ ...notReady('ImagePullFailed'), message: 'In other words.' }] }),
      want: undefined,
    },
    {
      name: 'nothing of a condition that is on its way',
      before: aStatus(),
      after: aStatus({ conditions: [notReady('Starting')] }),
      want: undefined,
    },
    {
      name: 'nothing, where the state is the same',
      before: aStatus(),
      after: aStatus({ node: 'node-b' }),
      want: undefined,
    },
    ...(['Pending', 'Starting', 'Stopping'] as const).map((state) => ({
      name: `nothing of a state that leads to another, which is told: ${state}`,
      before: undefined,
      after: aStatus({ state }),
      want: undefined,
    })),
    {
      name: 'nothing, where there is no state',
      before: undefined,
      after: { observedGeneration: 1 },
      want: undefined,
    },
  ])('$name', ({ before, after, want }) => {
    const instance = aStoredInstance({ status: before });
    expect(announceInstance({ instance, vm: anObservedVm() }, after)).toEqual(want);
  });
});

describe('a VM that somebody has deleted', () => {
  const GONE = {
    type: 'Warning',
    reason: 'VmVanished',
    note: 'The VM default/web-1 was deleted, and not by medevac; it is made again as it was, with the same identity.',
  };
  it.each<{ name: string; before: InstanceStatus | undefined; after: InstanceStatus; want: unknown }>([
    {
      name: 'is told once, with what is done about it',
      before: aStatus(),
      after: aStatus({ state: 'Starting', operation: anOperation('Start') }),
      want: { ...GONE, action: 'Start' },
    },
    {
      name: 'of a rescued Instance is booted for rescue again',
      before: aStatus({ state: 'Rescued' }),
      after: aStatus({ state: 'Rescuing', operation: anOperation('Rescue') }),
      want: { ...GONE, action: 'Rescue' },
    },
    {
      name: 'while it was being migrated',
      before: aStatus({ operation: anOperation('Migrate') }),
      after: aStatus({ state: 'Starting', operation: anOperation('Start') }),
      want: { ...GONE, action: 'Start' },
    },
    {
      name: 'that was seen on its way out',
      before: aStatus({ state: 'Starting' }),
      after: aStatus({ state: 'Starting', operation: anOperation('Start') }),
      want: { ...GONE, action: 'Start' },
    },
    {
      name: 'is not one that was never there',
      before: undefined,
      after: aStatus({ state: 'Starting', operation: anOperation('Start') }),
      want: undefined,
    },
    {
      name: 'is not one that waits to be made',
      before: aStatus({ state: 'Pending' }),
      after: aStatus({ state: 'Starting', operation: anOperation('Start') }),
      want: undefined,
    },
    {
      name: 'is not one that is being made',
      before: aStatus({ state: 'Starting', operation: anOperation('Start') }),
      after: aStatus({ state: 'Rescuing', operation: anOperation('Rescue') }),
      want: {
        type: 'Normal',
        reason: 'Rescuing',
        action: 'Rescue',
        note: 'Booting the VM from its rescue system.',
      },
    },
  ])('$name', ({ before, after, want }) => {
    const instance = aStoredInstance({ status: before });
    expect(announceInstance({ instance, vm: undefined }, after)).toEqual(want);
  });
});

describe('what is told of a LiveMigration', () => {
  const running = {
    observedGeneration: 1,
    phase: 'Running' as const,
    source: { node: 'node-a' },
    destination: { node: 'node-b' },
  };
  const ready = {
    type: 'Ready',
    status: 'False' as const,
    reason: 'X',
    message: 'Last words.',
    lastTransitionTime: NOW,
  };

  it.each([
    {
      name: 'that it runs, from where to where',
      before: undefined,
      after: running,
      want: {
        type: 'Normal',
        reason: 'Running',
        note: 'The migration from node "node-a" to node "node-b" is Running.',
      },
    },
    {
      name: 'its last words, as a warning when it failed',
      before: running,
      after: { ...running, phase: 'Failed' as const, conditions: [ready] },
      want: { type: 'Warning', reason: 'Failed', note: 'Last words.' },
    },
    {
      name: 'its last words, when it was aborted',
      before: running,
      after: { ...running, phase: 'Aborted' as const, conditions: [ready] },
      want: { type: 'Normal', reason: 'Aborted', note: 'Last words.' },
    },
  ])('$name', ({ before, after, want }) => {
    expect(announceMigration(before, after)).toEqual({ ...want, action: 'LiveMigrate' });
  });

  it('nothing, where its phase is the same', () => {
    expect(announceMigration(running, running)).toBeUndefined();
  });
});
