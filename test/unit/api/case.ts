import { withFields } from '../../builders/fields.ts';
import { anInstance, type InstanceManifest } from '../../builders/instance.ts';
import type { LiveMigrationManifest } from '../../builders/live-migration.ts';

/** Where a manifest is refused; `message` is a part of the text, where zod and the API server give the same one. */
export interface Refusal {
  readonly path: string;
  readonly message?: string;
}

export interface Case {
  readonly name: string;
  readonly object: InstanceManifest | LiveMigrationManifest;
  readonly want: 'accepted' | Refusal;
}

export function isRefused<T extends Case>(entry: T): entry is T & { readonly want: Refusal } {
  return entry.want !== 'accepted';
}

export type Fields = Readonly<Record<string, unknown>>;

export const accepts = (name: string, object: Case['object']): Case => ({ name, object, want: 'accepted' });

/** A case as it may be once the object is there: only the API server knows the object as it was. */
export interface UpdateCase extends Case {
  readonly before: Case['object'];
}

export const NO_VIRTIO_CDROM = 'a CDROM can be on sata, scsi or usb, not on virtio';

export function numbered(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** An Instance that is right but for these fields. */
export const instance = (name: string, fields: Fields, want: Case['want']): Case => ({
  name: `an Instance ${name}`,
  object: withFields(anInstance(), fields),
  want,
});
