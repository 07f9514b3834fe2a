import { gate, type GateRequest } from '../../../src/domain/gate.ts';
import { preflight } from '../../../src/domain/live-migration/preflight.ts';
import { withFields } from '../../../test/builders/fields.ts';
import { aNode } from '../../../test/builders/nodes.ts';
import { aMigrationObservation, aStoredMigration } from '../../../test/builders/observation.ts';
import type { MessageCase } from './cases.ts';

/** Parts of a request that differ from one that is let in. */
interface Change extends Partial<Omit<GateRequest, 'instance' | 'subject'>> {
  readonly instance?: Partial<GateRequest['instance']>;
}

/** A rescued Instance on SOURCE, and one more node; both are capable. */
function ask({ instance, ...fields }: Change): MessageCase['answer'] {
  return gate({
    subject: { namespace: 'NAMESPACE', instanceName: 'INSTANCE', driver: 'DRIVER' },
    version: 'v1beta1',
    spec: {},
    instance: { state: 'Rescued', node: 'SOURCE', placement: {}, notMigratable: undefined, ...instance },
    nodes: [aNode('SOURCE'), aNode('DESTINATION')],
    unfinished: undefined,
    unsupportedFields: [],
    migratesRescued: true,
    ...fields,
  });
}

const NAMED = { spec: { destination: { nodeName: 'DESTINATION' } } };
const CAN_NOT_SEND = aNode('SOURCE', { capable: 'Destination' });
const CAN_NOT_RECEIVE = aNode('DESTINATION', { capable: 'Source' });

const CAPABLE_NODES =
  'Nodes that can: `kubectl get nodes -l medevac.dev.node-restriction.kubernetes.io/rescued-migration-source=true` ' +
  '(or `rescued-migration-destination`). During a rolling upgrade a node gets its label when its hypervisor is new enough.';
const ANOTHER_NODE = 'Leave `spec.destination` out, and a node that fits is chosen.';

/** What is answered to who creates a LiveMigration. The controller says the same right before it starts one. */
export const GATE_CASES: readonly MessageCase[] = [
  {
    when: 'The Instance is rescued, and the node that it runs on cannot send rescued instances.',
    answer: ask({ nodes: [CAN_NOT_SEND, aNode('DESTINATION')] }),
    remedy: CAPABLE_NODES,
  },
  {
    when: 'The Instance is rescued, and the destination that is named cannot receive rescued instances.',
    answer: ask({ ...NAMED, nodes: [aNode('SOURCE'), CAN_NOT_RECEIVE] }),
    remedy: `${ANOTHER_NODE} ${CAPABLE_NODES}`,
  },
  {
    when: 'Both: neither the source nor the destination that is named is capable.',
    answer: ask({ ...NAMED, nodes: [CAN_NOT_SEND, CAN_NOT_RECEIVE] }),
    remedy: CAPABLE_NODES,
  },
  {
    when: 'The Instance is rescued, no destination is named, and no node can receive it.',
    answer: ask({
      nodes: [aNode('SOURCE'), CAN_NOT_RECEIVE, aNode('ANOTHER', { cordoned: true, ready: false })],
    }),
    remedy: `Each node is listed with what it lacks. ${CAPABLE_NODES}`,
  },
  {
    when: 'The same, and there is no node but the source.',
    answer: ask({ nodes: [aNode('SOURCE')] }),
    remedy: 'Add a node.',
  },
  {
    when: 'The Instance is rescued, and the LiveMigration is made through the old API version.',
    answer: ask({ version: 'v1alpha1' }),
    remedy: 'Change `apiVersion` in the manifest; the rest of it stays as it is.',
  },
  {
    when: 'The Instance is rescued, and its driver can migrate rescued VMs on no node.',
    answer: ask({ migratesRescued: false }),
    remedy: 'Remove `spec.rescue`, wait until the Instance is Running, migrate it, and rescue it again.',
  },
  {
    when: 'The Instance is Paused, Stopping, Stopped, Rescuing, Unrescuing, Failed or Unknown.',
    answer: ask({ instance: { state: 'Unrescuing' } }),
    remedy:
      '`kubectl get instance INSTANCE` shows its state. An Instance that is Stopped has nothing that could be lost with its node.',
  },
  {
    when: 'Another LiveMigration of the Instance is unfinished.',
    answer: ask({ unfinished: { name: 'MIGRATION', phase: 'PHASE' } }),
    remedy:
      "`kubectl wait --for=jsonpath='{.status.completionTime}' livemigration/MIGRATION`, or abort it: " +
      '`kubectl patch livemigration MIGRATION --type=merge -p \'{"spec":{"abort":true}}\'`.',
  },
  {
    when: 'The driver cannot honour a field of `spec.policy`, or `spec.forceComplete`.',
    answer: ask({ unsupportedFields: ['spec.policy.bandwidth'] }),
    remedy: 'Remove the fields that are named. What a driver does not honour is never dropped in silence.',
  },
  {
    when: 'There is no node of the name in `spec.destination.nodeName`.',
    answer: ask({ ...NAMED, nodes: [aNode('SOURCE')] }),
    remedy: `${ANOTHER_NODE} All nodes: \`kubectl get nodes\`.`,
  },
  {
    when: 'The destination that is named is the node that the VM runs on.',
    answer: ask({ spec: { destination: { nodeName: 'SOURCE' } } }),
    remedy: ANOTHER_NODE,
  },
  {
    when: 'The destination that is named is cordoned.',
    answer: ask({ ...NAMED, nodes: [aNode('SOURCE'), aNode('DESTINATION', { cordoned: true })] }),
    remedy: `\`kubectl uncordon DESTINATION\`. ${ANOTHER_NODE}`,
  },
  {
    when: 'The destination that is named is not Ready.',
    answer: ask({ ...NAMED, nodes: [aNode('SOURCE'), aNode('DESTINATION', { ready: false })] }),
    remedy: `\`kubectl wait --for=condition=Ready node/DESTINATION\`. ${ANOTHER_NODE}`,
  },
  {
    when: "The driver can't move this VM live; its own words and its reason are given.",
    answer: ask({ instance: { notMigratable: { reason: 'REASON', message: 'WORDS OF THE DRIVER' } } }),
    remedy:
      "Condition `LiveMigratable` of the Instance says the same at any time. On KubeVirt it is mostly a disk that isn't ReadWriteMany.",
  },
];

/** What is let in with a warning. */
export const GATE_WARNINGS: readonly MessageCase[] = [
  {
    when: 'The Instance that the LiveMigration names is not there, or was not observed yet.',
    answer: preflight(
      aMigrationObservation({
        migration: withFields(aStoredMigration(), {
          'metadata.namespace': 'NAMESPACE',
          'spec.instanceName': 'INSTANCE',
        }),
        instance: undefined,
      }),
    ),
    remedy:
      'Nothing, where the Instance is applied next. A name that is wrong cannot be changed: delete the LiveMigration.',
  },
];
