import type { DiskSource } from '../api/hardware.ts';
import type { InstanceSpec } from '../api/instance.ts';
import type { LiveMigrationSpec } from '../api/live-migration.ts';

/** What a driver can do beyond starting and stopping; a missing one is refused by name, never dropped. */
export interface DriverCapabilities {
  /** Keys of a disk's source that it understands. */
  readonly diskSources: readonly (keyof DiskSource)[];
  /** Whether spec.kubevirt.template may stand in for the portable fields. */
  readonly nativeTemplate: boolean;
  /** Whether its VMs go with their Instance by themselves, through their owner reference. */
  readonly followsOwnerReferences: boolean;
  readonly migrateRescued: boolean;
  readonly abort: boolean;
  readonly postCopy: boolean;
  readonly autoConverge: boolean;
  readonly bandwidth: boolean;
  readonly forceComplete: boolean;
}

/** Paths of the fields of a LiveMigration that a driver can't honour. */
export function unsupportedMigrationFields(
  { policy, forceComplete }: Pick<LiveMigrationSpec, 'policy' | 'forceComplete'>,
  can: DriverCapabilities,
): string[] {
  const fields: [path: string, asked: boolean, supported: boolean][] = [
    ['spec.policy.completionTimeout', policy?.completionTimeout !== undefined, can.abort],
    ['spec.policy.onTimeout', policy?.onTimeout === 'ForceComplete', can.forceComplete],
    ['spec.policy.autoConverge', policy?.autoConverge !== undefined, can.autoConverge],
    ['spec.policy.postCopy', policy?.postCopy === true, can.postCopy],
    ['spec.policy.bandwidth', policy?.bandwidth !== undefined, can.bandwidth],
    ['spec.forceComplete', forceComplete, can.forceComplete],
  ];
  return fields.filter(([, asked, supported]) => asked && !supported).map(([path]) => path);
}

/** Paths of the fields of an Instance that a driver can't honour. */
export function unsupportedInstanceFields(spec: InstanceSpec, can: DriverCapabilities): string[] {
  const sources = (path: string, source: object) =>
    Object.keys(source)
      .filter((key) => !can.diskSources.some((known) => known === key))
      .map((key) => `${path}.${key}`);
  return [
    ...(spec.kubevirt !== undefined && !can.nativeTemplate ? ['spec.kubevirt.template'] : []),
    ...(spec.disks ?? []).flatMap(({ source }, index) => sources(`spec.disks[${index}].source`, source)),
    ...(spec.rescue === undefined ? [] : sources('spec.rescue.source', spec.rescue.source)),
  ];
}
