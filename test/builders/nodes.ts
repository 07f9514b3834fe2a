import { DESTINATION_LABEL, SOURCE_LABEL } from '../../src/api/names.ts';
import { hostLabels } from '../../src/domain/host-labels.ts';
import type { ObservedNode } from '../../src/domain/observed.ts';

export interface NodeOptions {
  /** What its hypervisor can do with rescued VMs. Default: both. */
  readonly capable?: 'Both' | 'Source' | 'Destination' | 'Neither';
  readonly ready?: boolean;
  readonly reachable?: boolean;
  readonly cordoned?: boolean;
  readonly fenced?: boolean;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A node that is Ready, not cordoned, and can send and receive rescued VMs. */
export function aNode(name: string, options: NodeOptions = {}): ObservedNode {
  const { capable = 'Both', labels, ...facts } = options;
  return {
    name,
    reachable: true,
    ready: facts.reachable ?? true,
    cordoned: false,
    fenced: false,
    annotations: {},
    ...facts,
    labels: { ...HOST, ...CAPABILITIES[capable], ...labels },
  };
}

/** KubeVirt places VMs there. */
const HOST = hostLabels('kubevirt');

const CAPABILITIES: Readonly<Record<NonNullable<NodeOptions['capable']>, Record<string, string>>> = {
  Both: { [SOURCE_LABEL]: 'true', [DESTINATION_LABEL]: 'true' },
  Source: { [SOURCE_LABEL]: 'true' },
  Destination: { [DESTINATION_LABEL]: 'true' },
  Neither: {},
};
