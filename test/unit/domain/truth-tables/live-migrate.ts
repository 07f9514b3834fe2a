import { InstanceState } from '../../../../src/api/instance.ts';
import { VERSIONS } from '../../../../src/api/names.ts';
import { gate } from '../../../../src/domain/gate.ts';
import { aNode, type NodeOptions } from '../../../builders/nodes.ts';
import { wordsOf } from './words.ts';
import type { Combination, TruthTable } from './truth-table.ts';

const AXES = {
  migration: ['none', 'unfinished'],
  state: InstanceState.options,
  version: VERSIONS,
  destination: ['not named', 'named', 'unknown', 'cordoned', 'not Ready', 'the source'],
  'source label': ['yes', 'no'],
  'destination label': ['yes', 'no'],
} as const;

const NODE_OF: Partial<Record<Combination<typeof AXES>['destination'], string | undefined>> = {
  'not named': undefined,
  unknown: 'node-x',
  'the source': 'node-a',
};

const OPTIONS_OF: Partial<Record<Combination<typeof AXES>['destination'], NodeOptions>> = {
  cordoned: { cordoned: true },
  'not Ready': { ready: false },
};

function answer(asked: Combination<typeof AXES>): string {
  const { destination, state } = asked;
  const nodeName = destination in NODE_OF ? NODE_OF[destination] : 'node-b';
  const capable = asked['destination label'] === 'yes' ? 'Destination' : 'Neither';
  return wordsOf(
    gate({
      subject: { namespace: 'team-a', instanceName: 'web-1', driver: 'kubevirt' },
      version: asked.version,
      spec: nodeName === undefined ? {} : { destination: { nodeName } },
      instance: {
        state,
        // Nobody has chosen a node yet for a VM that is not there.
        node: state === 'Pending' ? undefined : 'node-a',
        placement: {},
        notMigratable: undefined,
      },
      nodes: [
        aNode('node-a', { capable: asked['source label'] === 'yes' ? 'Source' : 'Neither' }),
        aNode('node-b', { capable, ...OPTIONS_OF[destination] }),
      ],
      unfinished: asked.migration === 'unfinished' ? { name: 'web-1-away', phase: 'Running' } : undefined,
      unsupportedFields: [],
      migratesRescued: true,
    }),
  );
}

const NONE = { migration: ['none'] } as const;
const PLAIN = { ...NONE, state: ['Pending', 'Starting', 'Running'] } as const;
const RESCUED = { ...NONE, state: ['Rescued'], version: ['v1beta1'] } as const;
const NAMED = { ...RESCUED, destination: ['named'] } as const;
const NOT_NAMED = { ...RESCUED, destination: ['not named'] } as const;
const LATER = '400 before 2.34; since then 202, and it fails in the background';
const NEWTON = '409 (Newton text: 400)';

/** A LiveMigration is created. */
export const LIVE_MIGRATE: TruthTable<typeof AXES> = {
  axes: AXES,
  answer,
  rows: [
    { where: { migration: ['unfinished'] }, want: '409 MigrationInProgress', nova: '409, task migrating' },
    {
      where: { ...NONE, state: ['Stopping', 'Stopped', 'Rescuing', 'Unrescuing', 'Failed', 'Unknown'] },
      want: '409 InstanceState',
      nova: '409',
    },
    {
      where: { ...NONE, state: ['Paused'] },
      want: '409 InstanceState',
      nova: '202',
      why: 'medevac pauses nothing itself: who paused the guest is asked first.',
    },
    { where: { ...PLAIN, destination: ['unknown'] }, want: '400 DestinationUnknown', nova: '400' },
    {
      where: { ...PLAIN, destination: ['cordoned', 'not Ready'] },
      want: '400 DestinationUnavailable',
      nova: LATER,
      why: 'What the API server knows is said at once.',
    },
    {
      where: { ...NONE, state: ['Starting', 'Running'], destination: ['the source'] },
      want: '400 DestinationIsSource',
      nova: LATER,
      why: 'As above.',
    },
    {
      where: { ...NONE, state: ['Pending'], destination: ['the source'] },
      want: 'admitted',
      nova: '409, building',
      why: 'No node has been chosen yet; the controller looks again before it starts.',
    },
    {
      where: { ...NONE, state: ['Pending', 'Starting'], destination: ['not named', 'named'] },
      want: 'admitted',
      nova: '409, building',
      why: 'The order in which manifests are applied must not matter: it waits in Queued.',
    },
    {
      where: { ...NONE, state: ['Running'], destination: ['not named', 'named'] },
      want: 'admitted',
      nova: '202',
    },
    {
      where: { ...NONE, state: ['Rescued'], version: ['v1alpha1'] },
      want: '409 RescuedNotSupported',
      nova: '409 (Newton text: 409 in the old microversion)',
    },
    { where: { ...RESCUED, destination: ['unknown'] }, want: '400 DestinationUnknown', nova: '409' },
    { where: { ...RESCUED, destination: ['the source'] }, want: '400 DestinationIsSource', nova: '409' },
    {
      where: { ...RESCUED, destination: ['cordoned', 'not Ready'] },
      want: '400 DestinationUnavailable',
      nova: '409',
    },
    {
      where: { ...NAMED, 'source label': ['yes'], 'destination label': ['yes'] },
      want: 'admitted',
      nova: '409 (Newton text: 202)',
    },
    {
      where: { ...NAMED, 'source label': ['no'], 'destination label': ['yes'] },
      want: '400 SourceNotCapable',
      nova: NEWTON,
    },
    {
      where: { ...NAMED, 'source label': ['yes'], 'destination label': ['no'] },
      want: '400 DestinationNotCapable',
      nova: NEWTON,
    },
    {
      where: { ...NAMED, 'source label': ['no'], 'destination label': ['no'] },
      want: '400 NodesNotCapable',
      nova: '409 (Newton text: 400; says nothing of both)',
      why: 'Both are named, so that one round is enough.',
    },
    { where: { ...NOT_NAMED, 'source label': ['no'] }, want: '400 SourceNotCapable', nova: NEWTON },
    {
      where: { ...NOT_NAMED, 'source label': ['yes'], 'destination label': ['no'] },
      want: '400 NoCapableDestination',
      nova: '409 (Newton text is silent; its scheduler skips a host that cannot)',
    },
    {
      where: { ...NOT_NAMED, 'source label': ['yes'], 'destination label': ['yes'] },
      want: 'admitted',
      nova: '409 (Newton text: 202)',
    },
  ],
};
