import type { LiveMigrationSpec } from '../../api/live-migration.ts';
import { unsupportedMigrationFields, type DriverCapabilities } from '../capabilities.ts';
import { ADMITTED, refused, type Verdict } from '../verdict.ts';

/** A request to change a LiveMigration; the schema lets only `abort` and `forceComplete` change. */
export interface MigrationChange {
  readonly namespace: string;
  readonly name: string;
  readonly driver: { readonly name: string; readonly capabilities: DriverCapabilities };
  readonly before: LiveMigrationSpec;
  readonly after: LiveMigrationSpec;
}

/** Whether a change of a LiveMigration is let in. Aborting always is: it is the way out of everything else. */
export function admitMigrationChange({ namespace, name, driver, before, after }: MigrationChange): Verdict {
  if (after.abort) return ADMITTED;
  const asked = unsupportedMigrationFields(before, driver.capabilities);
  const fields = unsupportedMigrationFields(after, driver.capabilities).filter(
    (field) => !asked.includes(field),
  );
  if (fields.length === 0) return ADMITTED;
  return refused(
    400,
    'FieldUnsupported',
    `Driver ${driver.name} of Instance ${namespace}/${after.instanceName} cannot honour ${fields.join(', ')}. ` +
      `Let LiveMigration ${name} go on, or abort it.`,
  );
}
