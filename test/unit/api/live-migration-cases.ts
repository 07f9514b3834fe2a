import { withFields } from '../../builders/fields.ts';
import { aLiveMigration } from '../../builders/live-migration.ts';
import { accepts, type Case, type Fields } from './case.ts';

/** A LiveMigration that is right but for these fields. */
export const migration = (name: string, fields: Fields, want: Case['want']): Case => ({
  name: `a LiveMigration ${name}`,
  object: withFields(aLiveMigration(), fields),
  want,
});

export const LIVE_MIGRATION_CASES: readonly Case[] = [
  accepts('a LiveMigration to any node', aLiveMigration()),
  accepts('a LiveMigration through v1alpha1', aLiveMigration({ version: 'v1alpha1' })),
  accepts(
    'a LiveMigration with every field',
    aLiveMigration({
      spec: {
        destination: { nodeName: 'node-c.example' },
        policy: {
          completionTimeout: '30m',
          onTimeout: 'ForceComplete',
          autoConverge: true,
          postCopy: false,
          bandwidth: '1Gi',
        },
        abort: false,
        forceComplete: true,
      },
    }),
  ),
  migration('to nodes with a label', { 'spec.destination': { nodeSelector: { zone: 'b' } } }, 'accepted'),
  migration('with a destination that says nothing', { 'spec.destination': {} }, 'accepted'),
  migration('whose name has a dot', { 'metadata.name': 'web-1.away' }, 'accepted'),
  migration('of no Instance', { 'spec.instanceName': undefined }, { path: 'spec.instanceName' }),
  migration(
    'of an Instance of another namespace',
    { 'spec.instanceName': 'team-b/web-1' },
    { path: 'spec.instanceName' },
  ),
  migration(
    'to a node and to labels',
    { 'spec.destination': { nodeName: 'node-c', nodeSelector: {} } },
    { path: 'spec.destination', message: 'set nodeName or nodeSelector, not both' },
  ),
  migration(
    'to a node that cannot be',
    { 'spec.destination': { nodeName: 'Node C' } },
    { path: 'spec.destination.nodeName' },
  ),
  migration(
    'that is to be over in no time',
    { 'spec.policy': { completionTimeout: '0s' } },
    { path: 'spec.policy.completionTimeout' },
  ),
  migration(
    'that gives up otherwise',
    { 'spec.policy': { onTimeout: 'Wait' } },
    { path: 'spec.policy.onTimeout' },
  ),
  migration(
    'with auto-converge as a text',
    { 'spec.policy': { autoConverge: 'yes' } },
    { path: 'spec.policy.autoConverge' },
  ),
  migration('without bandwidth', { 'spec.policy': { bandwidth: '0' } }, { path: 'spec.policy.bandwidth' }),
  migration('with abort as a text', { 'spec.abort': 'true' }, { path: 'spec.abort' }),
];
