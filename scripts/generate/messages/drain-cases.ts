import type { EvacuationStep } from '../../../src/domain/evacuation/plan.ts';
import { prospectOf, type ProspectRequest } from '../../../src/domain/evacuation/prospect.ts';
import { besideGuestText, evacuationText } from '../../../src/domain/evacuation/texts.ts';
import { aDeparture } from '../../../test/builders/evacuation.ts';
import { aNode } from '../../../test/builders/nodes.ts';
import type { MessageCase } from './cases.ts';

const KEY = 'NAMESPACE/INSTANCE';

function print(message: string): MessageCase['answer'] {
  return { kind: 'Refused', code: 429, message };
}

function step(what: EvacuationStep): MessageCase['answer'] {
  return print(evacuationText(KEY, 'SOURCE', what));
}

/** An Instance on SOURCE, which is drained, and one more node; both are capable. */
function blocked({
  instance,
  ...fields
}: Partial<Omit<ProspectRequest, 'instance'>> & {
  readonly instance?: Partial<ProspectRequest['instance']>;
}): MessageCase['answer'] {
  const prospect = prospectOf({
    subject: { namespace: 'NAMESPACE', instanceName: 'INSTANCE', driver: 'DRIVER' },
    policy: 'LiveMigrate',
    instance: { state: 'Running', node: 'SOURCE', placement: {}, notMigratable: undefined, ...instance },
    nodes: [aNode('SOURCE', { cordoned: true }), aNode('DESTINATION')],
    migratesRescued: true,
    ...fields,
  });
  return print(prospect.blocked?.message ?? '');
}

const DEPARTURE = aDeparture({ what: 'LiveMigration MIGRATION', destination: 'DESTINATION' });

/** What a drain prints of each VM, every 5 s. */
export const DRAIN_CASES: readonly MessageCase[] = [
  {
    when: 'The VM has its turn.',
    answer: step({ kind: 'Start', attempt: 1, destination: undefined }),
    remedy: 'Wait.',
  },
  {
    when: 'A migration of the VM is under way.',
    answer: step({ kind: 'UnderWay', departure: DEPARTURE }),
    remedy: 'Wait. Where the driver has them, percent are told as well.',
  },
  {
    when: 'As many migrations are under way as may be.',
    answer: step({ kind: 'Queued', place: 3 }),
    remedy: 'Wait, or have who runs the operator raise its limits.',
  },
  {
    when: 'An attempt did not succeed.',
    answer: step({ kind: 'BackOff', waitMs: 14_000, failed: 1 }),
    remedy: '`kubectl get livemigrations -n NAMESPACE` shows the reason of each.',
  },
  {
    when: 'An eviction is asked for, and the node is not cordoned.',
    answer: step({ kind: 'Ended', because: 'Uncordoned' }),
    remedy: 'Nothing, where it was a descheduler that asked.',
  },
  {
    when: 'The pod is the other end of a migration that is under way, or what is left after one.',
    answer: print(besideGuestText(KEY, 'SOURCE')),
    remedy: 'Wait.',
  },
  {
    when: '`spec.evacuation.policy` is Block.',
    answer: blocked({ policy: 'Block' }),
    remedy: 'The owner of the Instance wants to be asked.',
  },
  {
    when: 'The VM is being booted.',
    answer: blocked({ instance: { state: 'Starting' } }),
    remedy: 'Wait; `Ready` of the Instance says what stands in its way.',
  },
  {
    when: 'No other node can take the VM.',
    answer: blocked({
      nodes: [aNode('SOURCE'), aNode('DESTINATION', { cordoned: true }), aNode('ANOTHER', { ready: false })],
    }),
    remedy: 'Each node is listed with what it lacks.',
  },
  {
    when: 'The gate refuses the migration: the texts are those of a LiveMigration, and the drain asks again by itself.',
    answer: blocked({
      instance: { state: 'Rescued' },
      nodes: [aNode('SOURCE', { capable: 'Destination' }), aNode('DESTINATION')],
    }),
    remedy: 'As for a LiveMigration.',
  },
];
