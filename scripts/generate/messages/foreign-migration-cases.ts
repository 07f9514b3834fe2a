import {
  admitForeignMigration,
  type ForeignMigrationRequest,
} from '../../../src/domain/foreign-migration.ts';
import { aNode } from '../../../test/builders/nodes.ts';
import { withFields } from '../../../test/builders/fields.ts';
import {
  anInstanceObservation,
  anOperation,
  aStatus,
  aStoredInstance,
} from '../../../test/builders/observation.ts';
import { anObservedVm, aRescueSpec } from '../../../test/builders/vm.ts';
import type { MessageCase } from './cases.ts';

interface Change extends Partial<Omit<ForeignMigrationRequest, 'instance'>> {
  readonly lock?: 'Unrescue' | 'Migrate';
}

/** A rescued Instance on SOURCE, and one more node; both are capable. */
function ask({ lock, ...fields }: Change): MessageCase['answer'] {
  const verdict = admitForeignMigration({
    instance: anInstanceObservation({
      instance: withFields(
        aStoredInstance({ spec: aRescueSpec(), status: aStatus(lock && { operation: anOperation(lock) }) }),
        { 'metadata.namespace': 'NAMESPACE', 'metadata.name': 'INSTANCE' },
      ),
      vm: anObservedVm({ spec: aRescueSpec(), running: { node: 'SOURCE' } }),
    }),
    nodes: [aNode('SOURCE'), aNode('DESTINATION')],
    destinationLabels: {},
    holder: undefined,
    ...fields,
  });
  if (verdict.kind === 'Narrowed') throw new Error('A case of a migration that is refused was let in.');
  return verdict;
}

/** What is answered to those who ask KubeVirt itself. */
export const FOREIGN_MIGRATION_CASES: readonly MessageCase[] = [
  {
    when: 'The node that the rescued VM runs on cannot send rescued instances.',
    answer: ask({ nodes: [aNode('SOURCE', { capable: 'Destination' }), aNode('DESTINATION')] }),
    remedy: 'As for a LiveMigration.',
  },
  {
    when: 'No other node can receive rescued instances, or none of those that are asked for.',
    answer: ask({ nodes: [aNode('SOURCE'), aNode('DESTINATION', { capable: 'Source' })] }),
    remedy: 'As for a LiveMigration.',
  },
  {
    when: 'The Instance is being started, stopped, rescued or unrescued.',
    answer: ask({ lock: 'Unrescue' }),
    remedy: '`kubectl get instance INSTANCE` shows its state.',
  },
  {
    when: 'A LiveMigration of the Instance is unfinished.',
    answer: ask({ lock: 'Migrate', holder: { name: 'MIGRATION', phase: 'PHASE' } }),
    remedy: 'As for a second LiveMigration.',
  },
];
