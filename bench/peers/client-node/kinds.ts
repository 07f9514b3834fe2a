import type { V1Condition, V1ObjectMeta } from '@kubernetes/client-node';

interface Kind {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: V1ObjectMeta;
}

interface DiskSource {
  readonly containerDisk?: { readonly image: string };
}

/** The kinds, with the fields that this operator reads. */
export interface Instance extends Kind {
  readonly spec: {
    readonly powerState?: string;
    readonly cpu?: { readonly cores: number };
    readonly memory?: string;
    readonly disks?: readonly { readonly name: string; readonly bus?: string; readonly source: DiskSource }[];
    readonly networks?: readonly { readonly name: string }[];
    readonly rescue?: { readonly source: DiskSource };
  };
  readonly status?: InstanceStatus;
}

export interface InstanceStatus {
  readonly observedGeneration: number;
  readonly state?: string;
  readonly powerState?: string;
  readonly node?: string | undefined;
  /** Watch events are not deserialized: times are strings. */
  readonly conditions?: readonly (Omit<V1Condition, 'lastTransitionTime'> & { lastTransitionTime: string })[];
}

export interface VirtualMachine extends Kind {
  readonly spec: {
    readonly template: { readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> } };
  };
}

export interface VirtualMachineInstance extends Kind {
  readonly status?: { readonly phase?: string; readonly nodeName?: string };
}
