import { DESTINATION_LABEL, SOURCE_LABEL } from '../../src/api/names.ts';
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
  const { capable = 'Both', reachable = true, ready = reachable, labels = {}, ...others } = options;
  return {
    name,
    ready,
    reachable,
    cordoned: others.cordoned ?? false,
    fenced: others.fenced ?? false,
    annotations: others.annotations ?? {},
    labels: {
      ...(capable === 'Both' || capable === 'Source' ? { [SOURCE_LABEL]: 'true' } : {}),
      ...(capable === 'Both' || capable === 'Destination' ? { [DESTINATION_LABEL]: 'true' } : {}),
      ...labels,
    },
  };
}
