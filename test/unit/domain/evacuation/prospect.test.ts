import { describe, expect, it } from '@jest/globals';
import { DESTINATION_LABEL, SOURCE_LABEL } from '../../../../src/api/names.ts';
import { prospectOf, type ProspectRequest } from '../../../../src/domain/evacuation/prospect.ts';
import { aNode } from '../../../builders/nodes.ts';

const NODES = [aNode('node-a', { cordoned: true }), aNode('node-b'), aNode('node-c', { capable: 'Source' })];

function look({
  instance,
  ...fields
}: Partial<Omit<ProspectRequest, 'instance'>> & { instance?: Partial<ProspectRequest['instance']> }) {
  return prospectOf({
    subject: { namespace: 'default', instanceName: 'web-1', driver: 'kubevirt' },
    policy: 'LiveMigrate',
    instance: { state: 'Running', node: 'node-a', placement: {}, notMigratable: undefined, ...instance },
    nodes: NODES,
    migratesRescued: true,
    ...fields,
  });
}

const RESCUED = { instance: { state: 'Rescued' } } as const;

describe('where a VM could go', () => {
  it('a running one: to each node that is Ready and not cordoned', () => {
    expect(look({})).toEqual({ blocked: undefined, candidates: ['node-b', 'node-c'] });
  });

  it('a rescued one: to those that can receive it', () => {
    expect(look(RESCUED)).toEqual({ blocked: undefined, candidates: ['node-b'] });
  });

  it('to those that its placement names', () => {
    const nodes = [...NODES, aNode('node-e', { labels: { zone: 'b' } })];
    expect(look({ nodes, instance: { placement: { zone: 'b' } } }).candidates).toEqual(['node-e']);
  });
});

/** Letter by letter: this is what a drain prints. */
const BLOCKED: readonly {
  name: string;
  request: Parameters<typeof look>[0];
  reason: string;
  message: string;
}[] = [
  {
    name: 'its policy',
    request: { policy: 'Block' },
    reason: 'PolicyBlock',
    message:
      'Instance default/web-1 stays on node "node-a": its spec.evacuation.policy is Block. Set it to LiveMigrate, or move the VM with a LiveMigration.',
  },
  {
    name: 'its boot',
    request: { instance: { state: 'Starting' } },
    reason: 'InstanceNotStarted',
    message: 'Instance default/web-1 is Starting: the drain moves it as soon as it runs.',
  },
  {
    name: 'that it is about to be booted',
    request: { instance: { state: 'Pending' } },
    reason: 'InstanceNotStarted',
    message: 'Instance default/web-1 is Pending: the drain moves it as soon as it runs.',
  },
  {
    name: 'its state',
    request: { instance: { state: 'Rescuing' } },
    reason: 'InstanceState',
    message:
      'Cannot live-migrate Instance default/web-1 while it is Rescuing. Wait until it is Running or Rescued, and the drain goes on.',
  },
  {
    name: 'its node, which can not send',
    request: { ...RESCUED, nodes: [aNode('node-a', { capable: 'Neither' }), aNode('node-b')] },
    reason: 'SourceNotCapable',
    message: `The drain can't move Instance default/web-1: live migration of rescued instances is not supported by source node "node-a": missing label ${SOURCE_LABEL}=true on the source. Upgrade the hypervisor of the node, or unrescue the Instance first.`,
  },
  {
    name: 'the others, which can not receive',
    request: { ...RESCUED, nodes: [aNode('node-a'), aNode('node-c', { capable: 'Source' })] },
    reason: 'NoCapableDestination',
    message: `The drain can't move Instance default/web-1: source node "node-a" supports live migration of rescued instances, but no destination does: node "node-c" (missing label ${DESTINATION_LABEL}=true). Make one of them fit, add a node, or unrescue the Instance first.`,
  },
  {
    name: 'that no node is free',
    request: { nodes: [aNode('node-a'), aNode('node-b', { cordoned: true })] },
    reason: 'NoDestination',
    message:
      'The drain can\'t move Instance default/web-1: no other node can take it: node "node-b" (it is cordoned). Make one of them fit, or add a node.',
  },
  {
    name: 'the driver, in its words',
    request: {
      instance: { notMigratable: { reason: 'DisksNotLiveMigratable', message: 'PVC root is not shared' } },
    },
    reason: 'NotMigratable',
    message:
      "The drain can't move Instance default/web-1: driver kubevirt can't move this VM live: PVC root is not shared (DisksNotLiveMigratable). Change what stands in the way, and the drain goes on.",
  },
  {
    name: 'a driver that knows no migration of rescued VMs',
    request: { ...RESCUED, migratesRescued: false },
    reason: 'RescuedNotSupported',
    message:
      "The drain can't move Instance default/web-1: live migration of rescued instances is not supported by driver kubevirt. Unrescue the Instance first.",
  },
];

describe('what blocks a VM', () => {
  it.each(BLOCKED)('$name', ({ request, reason, message }) => {
    expect(look(request).blocked).toEqual({ reason, message });
  });
});
