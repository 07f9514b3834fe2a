import { describe, expect, it } from '@jest/globals';
import {
  DESTINATION_LABEL,
  OVERRIDE_DESTINATION_LABEL,
  OVERRIDE_SOURCE_LABEL,
  SOURCE_LABEL,
  VM_HOST_LABEL,
} from '../../../../src/api/names.ts';
import { decideCapability, type NodeObservation } from '../../../../src/domain/node/capability.ts';
import { minimumFor } from '../../../../src/domain/node/minimum.ts';
import type { ObservedHypervisor } from '../../../../src/domain/observed.ts';
import { aNode, type NodeOptions } from '../../../builders/nodes.ts';
import { NOW_MS } from '../../../builders/observation.ts';

const MINIMUM = { source: 'v1.6.0', destination: 'v1.6.0' };
const UNTIL = new Date(NOW_MS + 120_000).toISOString();
const WORKING: ObservedHypervisor = { ready: true, accepting: true, version: 'v1.9.0', validUntil: UNTIL };

interface Row {
  readonly name: string;
  readonly node?: NodeOptions;
  readonly hypervisor?: Partial<ObservedHypervisor> | 'None';
  readonly minimum?: typeof MINIMUM;
  readonly placement?: NodeObservation['placement'];
}

function decide({
  node = { capable: 'Neither' },
  hypervisor = {},
  minimum = MINIMUM,
  placement = 'ByBackend',
}: Row) {
  const seen = hypervisor === 'None' ? undefined : { ...WORKING, ...hypervisor };
  return decideCapability({ node: aNode('node-a', node), hypervisor: seen, minimum, placement }, NOW_MS);
}

const BOTH = { capable: 'Both' } as const;

describe('what the labels of a node become', () => {
  it.each<Row & { want: Record<string, string | null>; reasons: [source: string, destination: string] }>([
    {
      name: 'a hypervisor that works and is new enough: both',
      want: { [SOURCE_LABEL]: 'true', [DESTINATION_LABEL]: 'true' },
      reasons: ['HypervisorCapable', 'HypervisorCapable'],
    },
    {
      name: 'nothing where they are there',
      node: BOTH,
      want: {},
      reasons: ['HypervisorCapable', 'HypervisorCapable'],
    },
    {
      name: 'only the one that is missing',
      node: { capable: 'Source' },
      want: { [DESTINATION_LABEL]: 'true' },
      reasons: ['HypervisorCapable', 'HypervisorCapable'],
    },
    {
      name: 'right where they say something else than true',
      node: { capable: 'Neither', labels: { [SOURCE_LABEL]: 'True', [DESTINATION_LABEL]: 'false' } },
      want: { [SOURCE_LABEL]: 'true', [DESTINATION_LABEL]: 'true' },
      reasons: ['HypervisorCapable', 'HypervisorCapable'],
    },
    {
      name: 'gone without a hypervisor',
      node: BOTH,
      hypervisor: 'None',
      want: { [SOURCE_LABEL]: null, [DESTINATION_LABEL]: null },
      reasons: ['HypervisorAbsent', 'HypervisorAbsent'],
    },
    {
      name: 'gone while the hypervisor is not ready',
      node: BOTH,
      hypervisor: { ready: false },
      want: { [SOURCE_LABEL]: null, [DESTINATION_LABEL]: null },
      reasons: ['HypervisorNotReady', 'HypervisorNotReady'],
    },
    {
      name: 'gone in the moment at which the hypervisor had to be heard of',
      node: BOTH,
      hypervisor: { validUntil: new Date(NOW_MS).toISOString() },
      want: { [SOURCE_LABEL]: null, [DESTINATION_LABEL]: null },
      reasons: ['HypervisorSilent', 'HypervisorSilent'],
    },
    {
      name: 'gone when nothing is heard of the node',
      node: { capable: 'Both', reachable: false },
      want: { [SOURCE_LABEL]: null, [DESTINATION_LABEL]: null },
      reasons: ['NodeUnreachable', 'NodeUnreachable'],
    },
    {
      name: 'a source only, where the hypervisor takes no VMs',
      node: BOTH,
      hypervisor: { accepting: false },
      want: { [DESTINATION_LABEL]: null },
      reasons: ['HypervisorCapable', 'HypervisorNotAccepting'],
    },
    {
      name: 'neither, where the hypervisor is too old',
      node: BOTH,
      hypervisor: { version: 'v1.5.2' },
      want: { [SOURCE_LABEL]: null, [DESTINATION_LABEL]: null },
      reasons: ['HypervisorTooOld', 'HypervisorTooOld'],
    },
    {
      name: 'a source only, where the minimum of a destination is higher',
      hypervisor: { version: 'v1.7.0' },
      minimum: { source: 'v1.6.0', destination: 'v1.8.0' },
      want: { [SOURCE_LABEL]: 'true' },
      reasons: ['HypervisorCapable', 'HypervisorTooOld'],
    },
    {
      name: 'neither, where the version is none',
      node: BOTH,
      hypervisor: { version: 'devel' },
      want: { [SOURCE_LABEL]: null, [DESTINATION_LABEL]: null },
      reasons: ['HypervisorVersionUnreadable', 'HypervisorVersionUnreadable'],
    },
    {
      name: 'neither, where no version is said',
      hypervisor: { version: undefined },
      want: {},
      reasons: ['HypervisorVersionUnreadable', 'HypervisorVersionUnreadable'],
    },
    {
      name: 'for good where nothing has to be heard of',
      hypervisor: { validUntil: undefined },
      want: { [SOURCE_LABEL]: 'true', [DESTINATION_LABEL]: 'true' },
      reasons: ['HypervisorCapable', 'HypervisorCapable'],
    },
    {
      name: 'as an admin says: not a source',
      node: { capable: 'Both', labels: { [OVERRIDE_SOURCE_LABEL]: 'false' } },
      want: { [SOURCE_LABEL]: null },
      reasons: ['CapabilityOverridden', 'HypervisorCapable'],
    },
    {
      name: 'as an admin says: a destination, whatever its version',
      node: { capable: 'Neither', labels: { [OVERRIDE_DESTINATION_LABEL]: 'true' } },
      hypervisor: { version: 'devel' },
      want: { [DESTINATION_LABEL]: 'true' },
      reasons: ['HypervisorVersionUnreadable', 'CapabilityOverridden'],
    },
    {
      name: 'not as an admin says of a hypervisor that is not there: that is no matter of opinion',
      node: {
        capable: 'Both',
        labels: { [OVERRIDE_SOURCE_LABEL]: 'true', [OVERRIDE_DESTINATION_LABEL]: 'true' },
      },
      hypervisor: { ready: false },
      want: { [SOURCE_LABEL]: null, [DESTINATION_LABEL]: null },
      reasons: ['HypervisorNotReady', 'HypervisorNotReady'],
    },
    {
      name: 'as if an override that says neither true nor false were not there',
      node: { capable: 'Both', labels: { [OVERRIDE_SOURCE_LABEL]: 'no' } },
      want: {},
      reasons: ['HypervisorCapable', 'HypervisorCapable'],
    },
  ])('$name', ({ want, reasons, ...row }) => {
    const { labels, verdicts } = decide(row);

    expect(labels).toEqual(want);
    expect([verdicts.source.reason, verdicts.destination.reason]).toEqual(reasons);
  });

  it('touches no other label, whatever the node has', () => {
    const others = { zone: 'a', [OVERRIDE_SOURCE_LABEL]: 'false', 'kubevirt.io/schedulable': 'true' };
    const { labels } = decide({ name: '', node: { capable: 'Both', labels: others }, hypervisor: 'None' });

    expect(Object.keys(labels)).toEqual([SOURCE_LABEL, DESTINATION_LABEL]);
  });
});

describe('why a node has no label, in words', () => {
  it.each<Row & { want: string }>([
    { name: 'its kubelet', node: { reachable: false }, want: 'its kubelet is not heard of' },
    { name: 'no hypervisor', hypervisor: 'None', want: 'the driver knows of no hypervisor there' },
    { name: 'one that is not ready', hypervisor: { ready: false }, want: 'its hypervisor is not ready' },
    {
      name: 'one that is silent',
      hypervisor: { validUntil: new Date(NOW_MS).toISOString() },
      want: 'its hypervisor has not been heard of in time',
    },
    { name: 'one that takes no VMs', hypervisor: { accepting: false }, want: 'its hypervisor takes no VMs' },
    {
      name: 'one that is too old',
      hypervisor: { version: 'v1.5.2' },
      want: 'its hypervisor is v1.5.2, older than v1.6.0',
    },
    {
      name: 'one that says no version',
      hypervisor: { version: undefined },
      want: 'its hypervisor says no version',
    },
  ])('$name', ({ want, ...row }) => {
    expect(decide(row).verdicts.destination.message).toBe(want);
  });
});

describe('when a node is looked at again without an event', () => {
  it.each<Row & { want: number | undefined }>([
    { name: 'in the moment at which its hypervisor had to be heard of', want: 120_000 },
    {
      name: 'each minute once that has passed',
      hypervisor: { validUntil: new Date(NOW_MS - 1).toISOString() },
      want: 60_000,
    },
    {
      name: 'never where nothing has to be heard of',
      hypervisor: { validUntil: undefined },
      want: undefined,
    },
    { name: 'never while it is not ready: that is an event', hypervisor: { ready: false }, want: undefined },
    { name: 'never without a hypervisor', hypervisor: 'None', want: undefined },
  ])('$name', ({ want, ...row }) => {
    expect(decide(row).lookAgain).toBe(want);
  });
});

describe('the label for kube-scheduler', () => {
  const HOST = { ...BOTH, labels: { [VM_HOST_LABEL]: 'true' } };

  it.each<Row & { want: string | null | undefined }>([
    { name: 'of a node whose hypervisor works', node: BOTH, want: 'true' },
    { name: 'stays where it is right', node: HOST, want: undefined },
    { name: 'goes with the hypervisor', node: HOST, hypervisor: 'None', want: null },
    { name: 'goes while the hypervisor is not ready', node: HOST, hypervisor: { ready: false }, want: null },
    { name: 'goes while it takes no VMs', node: HOST, hypervisor: { accepting: false }, want: null },
    { name: 'is given whatever its version is', node: BOTH, hypervisor: { version: 'v0.1.0' }, want: 'true' },
    { name: 'is of no use where the backend places VMs', placement: 'ByBackend', want: undefined },
  ])('$name', ({ want, ...row }) => {
    expect(decide({ placement: 'ByScheduler', ...row }).labels[VM_HOST_LABEL]).toBe(want);
  });
});

describe('the minimum', () => {
  it.each([
    { driver: 'kubevirt', source: undefined, want: { source: 'v1.6.0', destination: 'v1.6.0' } },
    { driver: 'kubevirt', source: 'v1.8.0', want: { source: 'v1.8.0', destination: 'v1.6.0' } },
    { driver: 'memory', source: undefined, want: { source: 'v0.0.0', destination: 'v0.0.0' } },
  ] as const)('of $driver, with $source set for sources', ({ driver, source, want }) => {
    expect(minimumFor(driver, { source, destination: undefined })).toEqual(want);
  });
});
