import { describe, expect, it } from '@jest/globals';
import { DESTINATION_LABEL, SOURCE_LABEL } from '../../../src/api/names.ts';
import {
  admitForeignMigration,
  type ForeignMigrationRequest,
} from '../../../src/domain/foreign-migration.ts';
import { ADMITTED } from '../../../src/domain/verdict.ts';
import { aNode } from '../../builders/nodes.ts';
import { anInstanceObservation, anOperation, aStatus, aStoredInstance } from '../../builders/observation.ts';
import { anObservedVm, aRescueSpec } from '../../builders/vm.ts';

type Lock = 'Start' | 'Stop' | 'Rescue' | 'Unrescue' | 'Migrate';

interface Situation extends Partial<Omit<ForeignMigrationRequest, 'instance'>> {
  readonly vm?: ReturnType<typeof anObservedVm>;
  readonly lock?: Lock;
}

const RESCUED_VM = anObservedVm({ spec: aRescueSpec() });
const LEAD = "KubeVirt's own migration of Instance default/web-1 is refused:";
const LABEL = { [DESTINATION_LABEL]: 'true' };

function answerTo({ vm = RESCUED_VM, lock, ...fields }: Situation) {
  const status = aStatus(lock && { operation: anOperation(lock) });
  const placement = { nodeSelector: { zone: 'a' } };
  const instance = aStoredInstance({ spec: { ...aRescueSpec(), placement }, status });
  const zone = { labels: { zone: 'a' } };
  return admitForeignMigration({
    instance: anInstanceObservation({ instance, vm }),
    nodes: [aNode('node-a', zone), aNode('node-b', zone)],
    destinationLabels: {},
    holder: undefined,
    ...fields,
  });
}

describe('a migration that somebody else asks KubeVirt for is let through as it is', () => {
  it.each<{ name: string } & Situation>([
    { name: 'of an Instance that is not rescued', vm: anObservedVm(), nodes: [] },
    {
      name: 'of a VM that is not ours',
      vm: anObservedVm({ spec: aRescueSpec(), instanceUid: 'other' }),
      nodes: [],
    },
    { name: 'of a VM that does not run', vm: anObservedVm({ running: undefined }) },
    { name: 'to capable nodes only, as it says itself', destinationLabels: LABEL },
    { name: 'while another one is under way: KubeVirt sees to that', vm: anObservedVm(), lock: 'Migrate' },
  ])('$name', ({ name: _name, ...situation }) => {
    expect(answerTo(situation)).toEqual(ADMITTED);
  });
});

describe('a migration of a rescued guest that somebody else asks KubeVirt for is sent to capable nodes only', () => {
  it.each<{ name: string; want: object } & Situation>([
    { name: 'with no wishes', want: LABEL },
    { name: 'with wishes, which are kept', destinationLabels: { zone: 'a' }, want: { zone: 'a', ...LABEL } },
    { name: 'with the opposite wish', destinationLabels: { [DESTINATION_LABEL]: 'false' }, want: LABEL },
    { name: 'paused', vm: anObservedVm({ spec: aRescueSpec(), running: { phase: 'Paused' } }), want: LABEL },
    {
      name: 'that still boots',
      vm: anObservedVm({ spec: aRescueSpec(), running: { phase: 'Starting', node: undefined } }),
      want: LABEL,
    },
  ])('$name', ({ name: _name, want, ...situation }) => {
    expect(answerTo(situation)).toEqual({ kind: 'Narrowed', destinationLabels: want });
  });
});

describe('a migration that somebody else asks KubeVirt for is refused', () => {
  const holder = { name: 'web-1-away', phase: 'Running' };
  const capableSource = { labels: { zone: 'a' } };

  it.each<{ name: string; code: number; reason: string; message: string } & Situation>([
    {
      name: 'from a node that can not send',
      nodes: [aNode('node-a', { capable: 'Destination' }), aNode('node-b', capableSource)],
      code: 400,
      reason: 'SourceNotCapable',
      message:
        `${LEAD} live migration of rescued instances is not supported by source node "node-a": ` +
        `missing label ${SOURCE_LABEL}=true on the source. ` +
        'Upgrade the hypervisor of the node, or unrescue the Instance first.',
    },
    {
      name: 'where no other node can receive',
      nodes: [aNode('node-a', capableSource), aNode('node-b', { capable: 'Source', labels: { zone: 'a' } })],
      code: 400,
      reason: 'NoCapableDestination',
      message:
        `${LEAD} source node "node-a" supports live migration of rescued instances, but no destination does: ` +
        `node "node-b" (missing label ${DESTINATION_LABEL}=true). ` +
        'Make one of them fit, add a node, or unrescue the Instance first.',
    },
    {
      name: 'where the node that it wishes for can not receive',
      destinationLabels: { 'kubernetes.io/hostname': 'node-c' },
      code: 400,
      reason: 'NoCapableDestination',
      message:
        `${LEAD} source node "node-a" supports live migration of rescued instances, but no destination does: ` +
        'node "node-b" (missing label kubernetes.io/hostname=node-c). ' +
        'Make one of them fit, add a node, or unrescue the Instance first.',
    },
    {
      name: 'while a LiveMigration holds the Instance',
      vm: anObservedVm(),
      lock: 'Migrate',
      holder,
      code: 409,
      reason: 'MigrationInProgress',
      message: `${LEAD} it is being migrated by LiveMigration web-1-away (phase Running). Wait until that is over, or abort it.`,
    },
    ...(
      [
        ['Start', 'Starting'],
        ['Stop', 'Stopping'],
        ['Rescue', 'Rescuing'],
        ['Unrescue', 'Unrescuing'],
      ] as const
    ).map(([lock, state]) => ({
      name: `while it is ${state}`,
      lock,
      code: 409,
      reason: 'InstanceState',
      message: `${LEAD} it is ${state}. Wait until that is over, then try again.`,
    })),
  ])('$name', ({ name: _name, code, reason, message, ...situation }) => {
    expect(answerTo(situation)).toEqual({ kind: 'Refused', code, reason, message });
  });
});
