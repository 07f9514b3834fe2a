import { ANCHOR_LABEL, INSTANCE_LABEL, INSTANCE_UID_LABEL } from '../../api/names.ts';

/** Of a pod, what says whose VM is in it. */
export interface VmPod {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** The owner that controls it, if any. */
  readonly controller: { readonly kind: string; readonly uid: string } | undefined;
  readonly phase: string;
}

/** The VM that a pod stands for. */
export type PodTenant = {
  readonly namespace: string;
  /** Of the VM, and of its Instance. */
  readonly name: string;
} & (
  | {
      /** The VM runs in it. */
      readonly kind: 'Boot';
      /** The boot that it is a part of. */
      readonly bootId: string;
    }
  | {
      /** It stands for the VM at kube-scheduler. */
      readonly kind: 'Anchor';
      readonly instanceUid: string;
    }
);

/** On a pod of KubeVirt: name of its VirtualMachineInstance. A label of the same meaning is shortened. */
const KUBEVIRT_NAME = 'kubevirt.io/domain';
/** On a pod of KubeVirt: uid of its VirtualMachineInstance. */
const KUBEVIRT_BOOT = 'kubevirt.io/created-by';

/**
 * Whose VM a pod stands for; `undefined`: none. Pods are made by whoever may, so this is a claim: that the Instance is the
 * one that is meant, and where its VM is, is for the caller to see.
 */
export function tenantOf(pod: VmPod): PodTenant | undefined {
  return bootIn(pod) ?? anchored(pod);
}

function bootIn({ namespace, labels, annotations }: VmPod): PodTenant | undefined {
  const name = annotations[KUBEVIRT_NAME];
  const bootId = labels[KUBEVIRT_BOOT];
  return name === undefined || bootId === undefined ? undefined : { kind: 'Boot', namespace, name, bootId };
}

/** Labels are anybody's; the owner that controls the pod must say the same. */
function anchored({ namespace, labels, controller }: VmPod): PodTenant | undefined {
  const name = labels[INSTANCE_LABEL];
  const instanceUid = labels[INSTANCE_UID_LABEL];
  if (labels[ANCHOR_LABEL] !== 'true' || name === undefined || instanceUid === undefined) return undefined;
  if (controller?.kind !== 'Instance' || controller.uid !== instanceUid) return undefined;
  return { kind: 'Anchor', namespace, name, instanceUid };
}

/** Whether nothing runs in a pod any more. */
export function isFinished({ phase }: Pick<VmPod, 'phase'>): boolean {
  return phase === 'Succeeded' || phase === 'Failed';
}
