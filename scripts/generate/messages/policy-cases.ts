import {
  ADOPTION,
  DESTINATION_NODE,
  NAMED_CLAIM,
  NAMED_SECRET,
  NATIVE_TEMPLATE,
  refusalBy,
  RESCUE,
} from '../admission-policies.ts';
import type { MessageCase } from './cases.ts';

/** What the API server itself answers to who lacks a right, also while the operator is down. */
export const POLICY_CASES: readonly MessageCase[] = [
  {
    when: 'A native KubeVirt template is set by somebody who may not create VirtualMachines in that namespace.',
    answer: denied(refusalBy(NATIVE_TEMPLATE, 'INSTANCE')),
    remedy:
      'Who may: `kubectl auth can-i create virtualmachines.kubevirt.io`. Who leaves it as it is may change the rest.',
  },
  {
    when: 'An Instance asks to take a VM over, and its author may not update VirtualMachines in that namespace.',
    answer: denied(refusalBy(ADOPTION, 'INSTANCE')),
    remedy:
      'Who may: `kubectl auth can-i update virtualmachines.kubevirt.io`. Anybody who may edit the Instance may take the annotation away.',
  },
  {
    when: 'A rescue is asked for, or changed, by somebody who may not rescue in that namespace.',
    answer: denied(refusalBy(RESCUE, 'INSTANCE')),
    remedy:
      'Who may: `kubectl auth can-i create instances/rescue.compute.medevac.dev`. An admin of the cluster binds ClusterRole `medevac:rescue`. Anybody who may edit the Instance may end its rescue.',
  },
  {
    when: 'An Instance names a claim, or a DataVolume, that its author may not change. A VM reads and writes what is in it.',
    answer: denied(refusalBy(NAMED_CLAIM, 'INSTANCE')),
    remedy:
      'Who may: `kubectl auth can-i update persistentvolumeclaims/CLAIM`. `edit` of the cluster may. Who leaves the names as they are may change the rest.',
  },
  {
    when: 'An Instance names a Secret that its author may not read. Its guest would show it.',
    answer: denied(refusalBy(NAMED_SECRET, 'INSTANCE')),
    remedy:
      'Who may: `kubectl auth can-i get secrets/SECRET`. `edit` of the cluster may. Who leaves the names as they are may change the rest.',
  },
  {
    when: 'A LiveMigration names its destination node (also by label `kubernetes.io/hostname`), the chart was installed with `destinationNodePolicy.enabled=true`, and the author may not `use` that node.',
    answer: denied(refusalBy(DESTINATION_NODE, 'MIGRATION')),
    remedy: 'Who may: `kubectl auth can-i use nodes/NODE`.',
  },
];

function denied(message: string): MessageCase['answer'] {
  return { kind: 'Refused', code: 403, reason: 'Forbidden', message };
}
