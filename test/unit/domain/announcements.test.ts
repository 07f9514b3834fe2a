import { describe, expect, it } from '@jest/globals';
import type { InstanceStatus } from '../../../src/api/instance.ts';
import { announceInstance } from '../../../src/domain/instance/announcements.ts';
import { announceMigration } from '../../../src/domain/live-migration/announcements.ts';
import { anOperation, aStatus, aStoredInstance, NOW } from '../../builders/observation.ts';
import { anObservedVm } from '../../builders/vm.ts';

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
    {
      name: 'nothing, where the state is the same',
      before: aStatus(),
      after: aStatus({ node: 'node-b' }),
      want: undefined,
    },
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
      want: { type: 'Normal', reason: 'Starting', action: 'Start', note: 'Starting the VM.' },
    },
    {
      name: 'is not one that waits to be made',
      before: aStatus({ state: 'Pending' }),
      after: aStatus({ state: 'Starting', operation: anOperation('Start') }),
      want: { type: 'Normal', reason: 'Starting', action: 'Start', note: 'Starting the VM.' },
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
