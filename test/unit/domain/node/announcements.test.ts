import { describe, expect, it } from '@jest/globals';
import { OVERRIDE_DESTINATION_LABEL, OVERRIDE_SOURCE_LABEL } from '../../../../src/api/names.ts';
import { announceCapability } from '../../../../src/domain/node/announcements.ts';
import { decideCapability } from '../../../../src/domain/node/capability.ts';
import { aNode, type NodeOptions } from '../../../builders/nodes.ts';
import { NOW_MS } from '../../../builders/observation.ts';

const MINIMUM = { source: 'v1.6.0', destination: 'v1.6.0' };

interface Look {
  readonly node?: NodeOptions;
  readonly version?: string | undefined;
}

function look({ node = {}, version = 'v1.9.0' }: Look) {
  const seen = aNode('node-a', node);
  const hypervisor = { ready: true, accepting: true, version, validUntil: undefined };
  const observation = { node: seen, hypervisor, minimum: MINIMUM, placement: 'ByBackend' } as const;
  return { node: seen, decision: decideCapability(observation, NOW_MS) };
}

function told(after: Look, before?: Look): string[] {
  const { node, decision } = look(after);
  return announceCapability(node, before && look(before).decision, decision).map(
    ({ type, reason, note }) => `${type} ${reason}: ${note}`,
  );
}

const NEITHER = { capable: 'Neither' } as const;
const OVERRIDDEN = { capable: 'Destination', labels: { [OVERRIDE_SOURCE_LABEL]: 'false' } } as const;

describe('the Events of a node', () => {
  it.each<{ name: string; before?: Look; after: Look; want: string[] }>([
    { name: 'none at the first look at a node that is as it should be', after: {}, want: [] },
    {
      name: 'none at the first look at a node that is too old and has no label',
      after: { node: NEITHER, version: 'v1.5.2' },
      want: [],
    },
    {
      name: 'one for each role that it gains',
      after: { node: NEITHER },
      want: [
        'Normal HypervisorCapable: Node "node-a" can send rescued VMs: its hypervisor is v1.9.0.',
        'Normal HypervisorCapable: Node "node-a" can receive rescued VMs: its hypervisor is v1.9.0.',
      ],
    },
    {
      name: 'one for each role that it loses',
      before: {},
      after: { node: { capable: 'Source' }, version: 'v1.5.2' },
      want: [
        'Warning HypervisorTooOld: Node "node-a" can\'t send rescued VMs: its hypervisor is v1.5.2, older than v1.6.0. Upgrade it.',
      ],
    },
    {
      name: 'a version that is none, also where no label changes by it',
      after: { node: NEITHER, version: 'devel' },
      want: [
        'Warning HypervisorVersionUnreadable: Node "node-a" can\'t send rescued VMs: its hypervisor says version "devel", ' +
          `which can't be compared. If you know that it can, set label ${OVERRIDE_SOURCE_LABEL}=true.`,
        'Warning HypervisorVersionUnreadable: Node "node-a" can\'t receive rescued VMs: its hypervisor says version "devel", ' +
          `which can't be compared. If you know that it can, set label ${OVERRIDE_DESTINATION_LABEL}=true.`,
      ],
    },
    {
      name: 'that once',
      before: { node: NEITHER, version: 'devel' },
      after: { node: NEITHER, version: 'devel' },
      want: [],
    },
    {
      name: 'an override, also where no label changes by it',
      before: { node: { capable: 'Destination' } },
      after: { node: OVERRIDDEN },
      want: [
        `Normal CapabilityOverridden: Node "node-a" can't send rescued VMs: label ${OVERRIDE_SOURCE_LABEL}=false says so.`,
      ],
    },
    { name: 'an override once', before: { node: OVERRIDDEN }, after: { node: OVERRIDDEN }, want: [] },
    {
      name: 'an override that says neither true nor false',
      before: {},
      after: { node: { labels: { [OVERRIDE_SOURCE_LABEL]: 'no' } } },
      want: [
        `Warning OverrideIgnored: Label ${OVERRIDE_SOURCE_LABEL}=no of node "node-a" is ignored. Set it to true or false, or remove it.`,
      ],
    },
    {
      name: 'an override that says neither true nor false, at the first look',
      after: { node: { labels: { [OVERRIDE_SOURCE_LABEL]: 'no' } } },
      want: [
        `Warning OverrideIgnored: Label ${OVERRIDE_SOURCE_LABEL}=no of node "node-a" is ignored. Set it to true or false, or remove it.`,
      ],
    },
    {
      name: 'that once, too',
      before: { node: { labels: { [OVERRIDE_SOURCE_LABEL]: 'no' } } },
      after: { node: { labels: { [OVERRIDE_SOURCE_LABEL]: 'no' } } },
      want: [],
    },
  ])('$name', ({ before, after, want }) => {
    expect(told(after, before)).toEqual(want);
  });
});
