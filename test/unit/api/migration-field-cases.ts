import type { Case } from './case.ts';
import { migration } from './live-migration-cases.ts';

/** Each field of a LiveMigration, as people get it wrong. */
export const MIGRATION_FIELD_CASES: readonly Case[] = [
  migration('of an Instance without a name', { 'spec.instanceName': '' }, { path: 'spec.instanceName' }),
  migration('of an Instance in capitals', { 'spec.instanceName': 'Web-1' }, { path: 'spec.instanceName' }),
  migration('of an Instance that is a number', { 'spec.instanceName': 1 }, { path: 'spec.instanceName' }),
  migration('without a spec', { spec: undefined }, { path: 'spec' }),
  migration('to the name of a node', { 'spec.destination': 'node-c' }, { path: 'spec.destination' }),
  migration(
    'to a node without a name',
    { 'spec.destination': { nodeName: '' } },
    { path: 'spec.destination.nodeName' },
  ),
  migration(
    'to nodes with a name that is no label',
    { 'spec.destination': { nodeSelector: { 'a b': '' } } },
    { path: 'spec.destination.nodeSelector', message: 'keys must be names of labels' },
  ),
  migration(
    'to nodes with a value that is a number',
    { 'spec.destination': { nodeSelector: { zone: 1 } } },
    { path: 'spec.destination.nodeSelector.zone' },
  ),
  migration('with a policy that is a text', { 'spec.policy': 'fast' }, { path: 'spec.policy' }),
  migration(
    'with bandwidth as a number',
    { 'spec.policy': { bandwidth: 1000 } },
    { path: 'spec.policy.bandwidth' },
  ),
  migration(
    'with bandwidth a second',
    { 'spec.policy': { bandwidth: '1Gi/s' } },
    { path: 'spec.policy.bandwidth' },
  ),
  migration(
    'with bandwidth in gigabytes',
    { 'spec.policy': { bandwidth: '1GB' } },
    { path: 'spec.policy.bandwidth' },
  ),
  migration(
    'with negative bandwidth',
    { 'spec.policy': { bandwidth: '-1Mi' } },
    { path: 'spec.policy.bandwidth' },
  ),
  migration(
    'with a timeout without unit',
    { 'spec.policy': { completionTimeout: '30' } },
    { path: 'spec.policy.completionTimeout' },
  ),
  migration(
    'with a timeout as a number',
    { 'spec.policy': { completionTimeout: 30 } },
    { path: 'spec.policy.completionTimeout' },
  ),
  migration(
    'with a timeout in days',
    { 'spec.policy': { completionTimeout: '1d' } },
    { path: 'spec.policy.completionTimeout' },
  ),
  migration(
    'that gives up in small letters',
    { 'spec.policy': { onTimeout: 'abort' } },
    { path: 'spec.policy.onTimeout' },
  ),
  migration(
    'with post-copy as a text',
    { 'spec.policy': { postCopy: 'true' } },
    { path: 'spec.policy.postCopy' },
  ),
  migration(
    'with auto-converge as a number',
    { 'spec.policy': { autoConverge: 1 } },
    { path: 'spec.policy.autoConverge' },
  ),
  migration('with a force as a text', { 'spec.forceComplete': 'no' }, { path: 'spec.forceComplete' }),
];
