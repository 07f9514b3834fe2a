import { describe, expect, it } from '@jest/globals';
import { DESTINATION_LABEL, SOURCE_LABEL } from '../../../src/api/names.ts';
import { gate, type GateRequest } from '../../../src/domain/gate.ts';
import { ADMITTED } from '../../../src/domain/verdict.ts';
import { aNode } from '../../builders/nodes.ts';

/** Parts of a request that differ from one that is admitted. */
interface Change extends Partial<Omit<GateRequest, 'instance' | 'subject'>> {
  readonly instance?: Partial<GateRequest['instance']>;
}

/** A rescued Instance on node-a, with two more capable nodes, and no destination named. */
function aRequest({ instance, ...fields }: Change = {}): GateRequest {
  return {
    subject: { namespace: 'team-a', instanceName: 'web-1', driver: 'kubevirt' },
    version: 'v1beta1',
    spec: {},
    instance: { state: 'Rescued', node: 'node-a', placement: {}, notMigratable: undefined, ...instance },
    nodes: [aNode('node-a'), aNode('node-b'), aNode('node-c')],
    unfinished: undefined,
    unsupportedFields: [],
    migratesRescued: true,
    ...fields,
  };
}

const TO_B = { spec: { destination: { nodeName: 'node-b' } } };
const RUNNING = { instance: { state: 'Running' as const } };
const INCAPABLE_SOURCE = aNode('node-a', { capable: 'Destination' });
const INCAPABLE_DESTINATION = aNode('node-b', { capable: 'Source' });
const LEAD = 'Cannot live-migrate Instance team-a/web-1:';

interface Row extends Change {
  readonly name: string;
  readonly code: 400 | 409;
  readonly reason: string;
  readonly message: string;
}

const REFUSALS: readonly Row[] = [
  {
    name: 'somebody else migrates it',
    unfinished: {
      kind: 'VirtualMachineInstanceMigration',
      name: 'kubevirt-migrate-vm-x7k2p',
      phase: 'Preparing',
    },
    code: 409,
    reason: 'MigrationInProgress',
    message:
      'Instance team-a/web-1 is being migrated already by VirtualMachineInstanceMigration kubevirt-migrate-vm-x7k2p ' +
      '(phase Preparing). Wait until it is over, or delete it, then create this one again.',
  },
  {
    name: 'rescued, source node not capable',
    nodes: [INCAPABLE_SOURCE, aNode('node-b')],
    code: 400,
    reason: 'SourceNotCapable',
    message:
      `${LEAD} live migration of rescued instances is not supported by source node "node-a": ` +
      `missing label ${SOURCE_LABEL}=true on the source. ` +
      'Upgrade the hypervisor of the node, or unrescue the Instance first.',
  },
  {
    name: 'rescued, named destination not capable',
    ...TO_B,
    nodes: [aNode('node-a'), INCAPABLE_DESTINATION],
    code: 400,
    reason: 'DestinationNotCapable',
    message:
      `${LEAD} live migration of rescued instances is not supported by destination node "node-b": ` +
      `missing label ${DESTINATION_LABEL}=true on the destination. ` +
      'Name another node, or upgrade the hypervisor of this one.',
  },
  {
    name: 'rescued, neither is capable',
    ...TO_B,
    nodes: [INCAPABLE_SOURCE, INCAPABLE_DESTINATION],
    code: 400,
    reason: 'NodesNotCapable',
    message:
      `${LEAD} live migration of rescued instances is not supported by source node "node-a" and by destination node "node-b": ` +
      `missing label ${SOURCE_LABEL}=true on the source and ${DESTINATION_LABEL}=true on the destination. ` +
      'Upgrade the hypervisor of the node, or unrescue the Instance first.',
  },
  {
    name: 'rescued, no destination named and none capable',
    nodes: [
      aNode('node-a'),
      INCAPABLE_DESTINATION,
      aNode('node-c', { ready: false, cordoned: true }),
      aNode('node-d', { cordoned: true, capable: 'Neither' }),
      aNode('node-e', { fenced: true }),
    ],
    code: 400,
    reason: 'NoCapableDestination',
    message:
      `${LEAD} source node "node-a" supports live migration of rescued instances, but no destination does: ` +
      `node "node-b" (missing label ${DESTINATION_LABEL}=true), node "node-c" (it is not Ready, it is cordoned), ` +
      `node "node-d" (it is cordoned, missing label ${DESTINATION_LABEL}=true), node "node-e" (it is out of service). ` +
      'Make one of them fit, add a node, or unrescue the Instance first.',
  },
  {
    name: 'rescued, no destination named and no other node',
    nodes: [aNode('node-a')],
    code: 400,
    reason: 'NoCapableDestination',
    message:
      `${LEAD} source node "node-a" supports live migration of rescued instances, but no destination does: ` +
      'there is no other node. Make one of them fit, add a node, or unrescue the Instance first.',
  },
  {
    name: 'rescued, capable nodes without the labels that are asked for',
    spec: { destination: { nodeSelector: { zone: 'b' } } },
    instance: { placement: { disk: 'ssd' } },
    nodes: [aNode('node-a'), aNode('node-b', { labels: { zone: 'b' } })],
    code: 400,
    reason: 'NoCapableDestination',
    message:
      `${LEAD} source node "node-a" supports live migration of rescued instances, but no destination does: ` +
      'node "node-b" (missing label disk=ssd). ' +
      'Make one of them fit, add a node, or unrescue the Instance first.',
  },
  {
    name: 'rescued, through v1alpha1',
    version: 'v1alpha1',
    code: 409,
    reason: 'RescuedNotSupported',
    message:
      'Cannot live-migrate Instance team-a/web-1 while it is Rescued: compute.medevac.dev/v1alpha1 does not know it. ' +
      'Create the LiveMigration through compute.medevac.dev/v1beta1.',
  },
  ...(['Stopped', 'Failed', 'Rescuing', 'Unrescuing', 'Stopping', 'Paused', 'Unknown'] as const).map(
    (state): Row => ({
      name: `an Instance that is ${state}`,
      instance: { state },
      code: 409,
      reason: 'InstanceState',
      message:
        `Cannot live-migrate Instance team-a/web-1 while it is ${state}. ` +
        'Wait until it is Running or Rescued, then create the LiveMigration again.',
    }),
  ),
  {
    name: 'another migration is unfinished',
    unfinished: { name: 'web-1-away', phase: 'Running' },
    code: 409,
    reason: 'MigrationInProgress',
    message:
      'Instance team-a/web-1 is being migrated already by LiveMigration web-1-away (phase Running). ' +
      'Wait until it is over, or abort it, then create this one again.',
  },
  {
    name: 'a destination that does not exist',
    spec: { destination: { nodeName: 'node-x' } },
    code: 400,
    reason: 'DestinationUnknown',
    message: `${LEAD} destination node "node-x" does not exist. Name another node.`,
  },
  {
    name: 'the source as destination',
    spec: { destination: { nodeName: 'node-a' } },
    code: 400,
    reason: 'DestinationIsSource',
    message: `${LEAD} destination node "node-a" is the node that the VM runs on. Name another node.`,
  },
  {
    name: 'a destination that is cordoned',
    ...TO_B,
    ...RUNNING,
    nodes: [aNode('node-a'), aNode('node-b', { cordoned: true })],
    code: 400,
    reason: 'DestinationUnavailable',
    message: `${LEAD} destination node "node-b" is cordoned. Uncordon it, or name another node.`,
  },
  {
    name: 'a destination that is not Ready',
    ...TO_B,
    ...RUNNING,
    nodes: [aNode('node-a'), aNode('node-b', { ready: false })],
    code: 400,
    reason: 'DestinationUnavailable',
    message: `${LEAD} destination node "node-b" is not Ready. Wait until it is, or name another node.`,
  },
  {
    name: 'a destination that is out of service',
    ...TO_B,
    ...RUNNING,
    nodes: [aNode('node-a'), aNode('node-b', { fenced: true })],
    code: 400,
    reason: 'DestinationUnavailable',
    message: `${LEAD} destination node "node-b" is out of service. Bring it back, or name another node.`,
  },
  {
    name: 'rescued, by a driver that can do it on no node',
    migratesRescued: false,
    code: 400,
    reason: 'RescuedNotSupported',
    message:
      `${LEAD} live migration of rescued instances is not supported by driver kubevirt. ` +
      'Unrescue the Instance first.',
  },
  {
    name: 'fields that the driver cannot honour',
    unsupportedFields: ['spec.policy.bandwidth', 'spec.policy.postCopy'],
    code: 400,
    reason: 'FieldUnsupported',
    message:
      'Driver kubevirt of Instance team-a/web-1 cannot honour spec.policy.bandwidth, spec.policy.postCopy. ' +
      'Create the LiveMigration without it.',
  },
  {
    name: 'a VM that the driver cannot move live',
    instance: {
      state: 'Running',
      notMigratable: { reason: 'DisksNotLiveMigratable', message: 'PVC root is not shared' },
    },
    code: 400,
    reason: 'NotMigratable',
    message:
      `${LEAD} driver kubevirt can't move this VM live: PVC root is not shared (DisksNotLiveMigratable). ` +
      'Change what stands in the way, then create the LiveMigration again.',
  },
  {
    name: 'rescued, on a node that nobody knows',
    nodes: [aNode('node-b')],
    code: 400,
    reason: 'SourceNotCapable',
    message:
      `${LEAD} live migration of rescued instances is not supported by source node "node-a": ` +
      `missing label ${SOURCE_LABEL}=true on the source. ` +
      'Upgrade the hypervisor of the node, or unrescue the Instance first.',
  },
];

describe('the gate refuses', () => {
  it.each(REFUSALS)('$code $reason: $name', ({ name: _, code, reason, message, ...change }) => {
    expect(gate(aRequest(change))).toEqual({ kind: 'Refused', code, reason, message });
  });
});

describe('the gate admits', () => {
  it.each<Change & { name: string }>([
    { name: 'a rescued Instance with capable nodes' },
    { name: 'a rescued Instance to a capable node by name', ...TO_B },
    {
      name: 'a rescued Instance where one of many nodes fits',
      spec: { destination: { nodeSelector: { zone: 'b' } } },
      nodes: [aNode('node-a'), INCAPABLE_DESTINATION, aNode('node-c', { labels: { zone: 'b' } })],
    },
    { name: 'a rescued Instance whose request nobody knows the version of', version: undefined },
    {
      name: 'a rescued Instance on a source that can only send',
      nodes: [aNode('node-a', { capable: 'Source' }), aNode('node-b')],
    },
    {
      name: 'a rescued Instance to a node that can only receive',
      ...TO_B,
      nodes: [aNode('node-a'), aNode('node-b', { capable: 'Destination' })],
    },
    {
      name: 'a running Instance through v1alpha1, on nodes that are not capable',
      ...RUNNING,
      version: 'v1alpha1',
      nodes: ['node-a', 'node-b'].map((name) => aNode(name, { capable: 'Neither' })),
    },
    { name: 'an Instance that is Pending: it will wait', instance: { state: 'Pending', node: undefined } },
    { name: 'an Instance that is Starting: it will wait', instance: { state: 'Starting', node: undefined } },
  ])('$name', ({ name: _, ...change }) => {
    expect(gate(aRequest(change))).toEqual(ADMITTED);
  });

  it.each(['"true "', 'True', '1', ''])('no label but exactly "true": not %j', (value) => {
    const nodes = [
      aNode('node-a', { capable: 'Neither', labels: { [SOURCE_LABEL]: value } }),
      aNode('node-b'),
    ];
    expect(gate(aRequest({ nodes }))).toMatchObject({ reason: 'SourceNotCapable' });
  });
});

describe('of several violations the gate names the most fundamental', () => {
  /** From the most fundamental on: each adds its violation to those after it. */
  const ladder: readonly { reason: string; change: Change }[] = [
    { reason: 'MigrationInProgress', change: { unfinished: { name: 'other', phase: 'Running' } } },
    { reason: 'RescuedNotSupported', change: { version: 'v1alpha1' } },
    { reason: 'FieldUnsupported', change: { unsupportedFields: ['spec.policy.postCopy'] } },
    {
      reason: 'DestinationUnavailable',
      change: { ...TO_B, nodes: [INCAPABLE_SOURCE, aNode('node-b', { cordoned: true, capable: 'Neither' })] },
    },
    { reason: 'NodesNotCapable', change: { ...TO_B, nodes: [INCAPABLE_SOURCE, INCAPABLE_DESTINATION] } },
    { reason: 'NotMigratable', change: { instance: { notMigratable: { reason: 'X', message: 'y' } } } },
  ];

  it.each(ladder.map(({ reason }, rung) => ({ reason, rung })))('$reason', ({ reason, rung }) => {
    const changes = ladder.slice(rung).map(({ change }) => change);
    const all = changes.reduceRight<Change>((sum, change) => ({ ...sum, ...change }), {});
    expect(gate(aRequest(all))).toMatchObject({ reason });
  });

  it('the state before everything but another migration', () => {
    const change: Change = { instance: { state: 'Stopped' }, version: 'v1alpha1', unsupportedFields: ['x'] };
    expect(gate(aRequest(change))).toMatchObject({ reason: 'InstanceState' });
    expect(gate(aRequest({ ...change, unfinished: { name: 'o', phase: 'Queued' } }))).toMatchObject({
      reason: 'MigrationInProgress',
    });
  });
});
