import type * as z from 'zod';
import type { Disk } from '../../src/api/hardware.ts';
import type { InstanceSpec } from '../../src/api/instance.ts';
import { GROUP, STORAGE_VERSION, type ApiVersion } from '../../src/api/names.ts';
import type { Rescue } from '../../src/api/rescue.ts';

/** Of an object's metadata, what a person writes into a manifest. */
export interface ManifestMetadata {
  readonly name: string;
  readonly namespace: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** What a person writes: fields with a default may be missing. */
export interface InstanceManifest {
  readonly apiVersion: string;
  readonly kind: 'Instance';
  readonly metadata: ManifestMetadata;
  readonly spec: z.input<typeof InstanceSpec>;
}

export interface InstanceOptions extends Partial<ManifestMetadata> {
  readonly version?: ApiVersion;
  /** Fields that replace those of the small VM that is built without them. */
  readonly spec?: Partial<z.input<typeof InstanceSpec>>;
}

/** A running VM with one disk and the pod network: as little as is accepted, named `web-1` in `default`. */
export function anInstance({
  version = STORAGE_VERSION,
  spec,
  ...metadata
}: InstanceOptions = {}): InstanceManifest {
  return {
    apiVersion: `${GROUP}/${version}`,
    kind: 'Instance',
    metadata: { name: 'web-1', namespace: 'default', ...metadata },
    spec: {
      memory: '1Gi',
      disks: [aDisk()],
      networks: [{ name: 'default', podNetwork: {} }],
      ...spec,
    },
  };
}

/** An Instance that is a native KubeVirt template. */
export function aTemplatedInstance(
  template: Record<string, unknown> = { spec: { domain: {} } },
): InstanceManifest {
  const { apiVersion, kind, metadata } = anInstance();
  return { apiVersion, kind, metadata, spec: { kubevirt: { template } } };
}

/** A root disk on a claim. */
export function aDisk(fields: Partial<z.input<typeof Disk>> = {}): z.input<typeof Disk> {
  return { name: 'root', source: { persistentVolumeClaim: { claimName: 'web-1-root' } }, ...fields };
}

/** What `spec.rescue` is set to: a rescue system in a container image. */
export function aRescue(fields: Partial<z.input<typeof Rescue>> = {}): z.input<typeof Rescue> {
  return { source: { containerDisk: { image: 'registry.example/rescue:1' } }, ...fields };
}
