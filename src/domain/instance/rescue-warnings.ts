import type { InstanceSpec } from '../../api/instance.ts';
import type { Rescue } from '../../api/rescue.ts';
import { canonicalJson } from '../fingerprint.ts';
import { rescueSession, rootDisk } from '../vm.ts';

/** What a request says of an Instance; `before` is `undefined` when it is being created. */
export interface SpecChange {
  readonly namespace: string;
  readonly name: string;
  readonly before: InstanceSpec | undefined;
  readonly after: InstanceSpec;
}

/** What the user should know of the rescue that a request asks for; a rescue that was there before was warned about. */
export function rescueWarnings({ namespace, name, before, after }: SpecChange): string[] {
  const { rescue } = after;
  if (rescue === undefined) return [];
  if (before?.rescue !== undefined && rescueSession(before.rescue) === rescueSession(rescue)) return [];
  const instance = `Instance ${namespace}/${name}`;
  return [imageNotShared(instance, rescue), rootDiskTwice(instance, rescue, after)].filter(
    (warning) => warning !== undefined,
  );
}

/** A claim's access modes are not ours to read, so this says on what it depends. */
function imageNotShared(instance: string, { source }: Rescue): string | undefined {
  const claim = source.persistentVolumeClaim?.claimName;
  if (claim === undefined) return undefined;
  return (
    `${instance} can be live-migrated while it is rescued only if claim "${claim}" is ReadWriteMany. ` +
    'If it is not, rescue from a containerDisk.'
  );
}

function rootDiskTwice(instance: string, { source }: Rescue, spec: InstanceSpec): string | undefined {
  const root = rootDisk(spec.disks ?? []);
  if (root === undefined || canonicalJson(root.source) !== canonicalJson(source)) return undefined;
  return (
    `${instance} is rescued from the image of its own root disk "${root.name}": both have the same filesystem ids, ` +
    'so the rescue system may mount the disk that is to be repaired as its own. Use another image.'
  );
}
