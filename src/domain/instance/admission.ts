import type { InstanceSpec } from '../../api/instance.ts';
import { unsupportedInstanceFields, type DriverCapabilities } from '../capabilities.ts';
import { nameOf, wayOut, type OtherMigration } from '../gate-texts.ts';
import { refused, type Verdict } from '../verdict.ts';
import { rescueSession } from '../vm.ts';
import { rescueWarnings } from './rescue-warnings.ts';

/** A request to create or change an Instance. */
export interface InstanceRequest {
  readonly namespace: string;
  readonly name: string;
  readonly driver: { readonly name: string; readonly capabilities: DriverCapabilities };
  /** `undefined`: it is being created. */
  readonly before: InstanceSpec | undefined;
  readonly after: InstanceSpec;
  /** A migration of the Instance that is not over. */
  readonly unfinished: (OtherMigration & { readonly elapsedSeconds: number }) | undefined;
}

/** Whether a change of an Instance is let in: not a boot of a VM that is being migrated. */
export function admitInstance(request: InstanceRequest): Verdict {
  const { namespace, name, driver, before, after, unfinished } = request;
  const fields = unsupportedInstanceFields(after, driver.capabilities);
  if (fields.length > 0) {
    const message = `Driver ${driver.name} of Instance ${namespace}/${name} cannot honour ${fields.join(', ')}. Remove it, or choose another driver.`;
    return refused(400, 'FieldUnsupported', message);
  }
  const change = before === undefined ? undefined : bootChange(before, after);
  if (change === undefined || unfinished === undefined) {
    return { kind: 'Admitted', warnings: rescueWarnings(request) };
  }
  return refused(
    409,
    'MigrationInProgress',
    `Cannot ${change} Instance ${namespace}/${name} while ${nameOf(unfinished)} is unfinished ` +
      `(phase ${unfinished.phase} for ${unfinished.elapsedSeconds} s). Wait until it is over, or ${wayOut(unfinished)}.`,
  );
}

/** What a change means for the machine; `undefined`: it waits for the next boot anyway. */
function bootChange(before: InstanceSpec, after: InstanceSpec): string | undefined {
  if (before.rescue === undefined && after.rescue !== undefined) return 'rescue';
  if (before.rescue !== undefined && after.rescue === undefined) return 'unrescue';
  if (
    before.rescue !== undefined &&
    after.rescue !== undefined &&
    rescueSession(before.rescue) !== rescueSession(after.rescue)
  ) {
    return 'change the rescue of';
  }
  if (before.powerState !== after.powerState) return after.powerState === 'Running' ? 'start' : 'stop';
  return undefined;
}
