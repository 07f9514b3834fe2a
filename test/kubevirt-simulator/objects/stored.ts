import type { ObjectMeta } from '../../../src/kube/resource.ts';

/**
 * The objects that the simulator reads and writes, with the fields it knows. Absent and `undefined` mean the same (JSON
 * has no `undefined`); `null` is written where KubeVirt writes it (metav1.Time without a value).
 */
export interface Meta extends ObjectMeta {
  generateName?: string;
}

type Time = string | null;

export interface Condition {
  type: string;
  status: string;
  lastProbeTime?: Time;
  lastTransitionTime?: Time;
  reason?: string | undefined;
  message?: string | undefined;
}

export interface Stored {
  apiVersion?: string;
  kind?: string;
  metadata: Meta;
}
