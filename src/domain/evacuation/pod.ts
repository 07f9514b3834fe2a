/** Of a pod, what says whose VM is in it. */
export interface VmPod {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly phase: string;
}

/** The VM that a pod runs. */
export interface PodTenant {
  readonly namespace: string;
  /** Of the VM, and of its Instance. */
  readonly name: string;
  /** The boot that it is a part of. */
  readonly bootId: string;
}

/** On a pod of KubeVirt: name of its VirtualMachineInstance. A label of the same meaning is shortened. */
const KUBEVIRT_NAME = 'kubevirt.io/domain';
/** On a pod of KubeVirt: uid of its VirtualMachineInstance. */
const KUBEVIRT_BOOT = 'kubevirt.io/created-by';

/**
 * Whose VM is in a pod; `undefined`: none. Pods are made by whoever may, so this is a claim: that the Instance runs that
 * boot, and where, is for the caller to see.
 */
export function tenantOf({ namespace, labels, annotations }: VmPod): PodTenant | undefined {
  const name = annotations[KUBEVIRT_NAME];
  const bootId = labels[KUBEVIRT_BOOT];
  return name === undefined || bootId === undefined ? undefined : { namespace, name, bootId };
}

/** Whether nothing runs in a pod any more. */
export function isFinished({ phase }: Pick<VmPod, 'phase'>): boolean {
  return phase === 'Succeeded' || phase === 'Failed';
}
