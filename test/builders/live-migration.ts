import type * as z from 'zod';
import type { LiveMigrationSpec } from '../../src/api/live-migration.ts';
import { GROUP, STORAGE_VERSION, type ApiVersion } from '../../src/api/names.ts';
import type { ManifestMetadata } from './instance.ts';

/** What a person writes: fields with a default may be missing. */
export interface LiveMigrationManifest {
  readonly apiVersion: string;
  readonly kind: 'LiveMigration';
  readonly metadata: ManifestMetadata;
  readonly spec: z.input<typeof LiveMigrationSpec>;
}

export interface LiveMigrationOptions extends Partial<ManifestMetadata> {
  readonly version?: ApiVersion;
  readonly spec?: Partial<z.input<typeof LiveMigrationSpec>>;
}

/** A migration of `web-1` to wherever it can go, named `web-1-away` in `default`. */
export function aLiveMigration({
  version = STORAGE_VERSION,
  spec,
  ...metadata
}: LiveMigrationOptions = {}): LiveMigrationManifest {
  return {
    apiVersion: `${GROUP}/${version}`,
    kind: 'LiveMigration',
    metadata: { name: 'web-1-away', namespace: 'default', ...metadata },
    spec: { instanceName: 'web-1', ...spec },
  };
}
