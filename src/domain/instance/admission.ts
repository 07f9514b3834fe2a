import type { InstanceSpec, InstanceStatus } from '../../api/instance.ts';
import type { Rescue } from '../../api/rescue.ts';
import { closedPools, unsupportedInstanceFields, type DriverCapabilities } from '../capabilities.ts';
import { nameOf, wayOut, type OtherMigration } from '../gate-texts.ts';
import { refused, type Verdict } from '../verdict.ts';
import { rescueSession } from '../vm.ts';
import { rescueAskedFor } from './lease.ts';
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
  readonly unfinished: Unfinished | undefined;
  readonly unrescueDuringMigration: UnrescueDuringMigration;
  /** `status.rescue`, as far as it is known. */
  readonly rescue: InstanceStatus['rescue'];
}

type Unfinished = OtherMigration & { readonly elapsedSeconds: number };

export const UNRESCUE_DURING_MIGRATION = ['Refuse', 'Defer'] as const;
/** What becomes of an edit that boots or stops a VM which is being migrated: refused, or carried out afterwards. */
export type UnrescueDuringMigration = (typeof UNRESCUE_DURING_MIGRATION)[number];

/** Whether a change of an Instance is let in: not a boot of a VM that is being migrated. */
export function admitInstance(request: InstanceRequest): Verdict {
  const { namespace, name, driver, after } = request;
  if (driver.capabilities.notConfigured === true) {
    return refused(400, 'DriverNotConfigured', notConfigured(`${namespace}/${name}`, driver.name));
  }
  const fields = unsupportedInstanceFields(after, driver.capabilities);
  if (fields.length > 0) {
    const message = `Driver ${driver.name} of Instance ${namespace}/${name} cannot honour ${fields.join(', ')}. Remove it, or choose another driver.`;
    return refused(400, 'FieldUnsupported', message);
  }
  const pool = closedPool(request);
  if (pool !== undefined) {
    const message =
      `Storage pool "${pool}", which Instance ${namespace}/${name} names, is not open to namespace "${namespace}". ` +
      'Use a pool that is, or ask an administrator to open it in the configuration of the operator.';
    return refused(403, 'PoolNotOpen', message);
  }
  const change = bootChange(request);
  if (change === undefined || request.unfinished === undefined) {
    return { kind: 'Admitted', warnings: rescueWarnings(request) };
  }
  return duringMigration(request, change, request.unfinished);
}

/** One that was named before is left: what was let in once must not hold up an edit of something else. */
function closedPool({ namespace, driver, before, after }: InstanceRequest): string | undefined {
  const closed = (spec: InstanceSpec) => closedPools(spec, namespace, driver.capabilities);
  const known = before === undefined ? [] : closed(before);
  return closed(after).find((pool) => !known.includes(pool));
}

function duringMigration(request: InstanceRequest, change: BootChange, migration: Unfinished): Verdict {
  const { namespace, name, unrescueDuringMigration } = request;
  const { verb, noun } = CHANGES[change];
  const phase = `(phase ${migration.phase} for ${migration.elapsedSeconds} s)`;
  if (unrescueDuringMigration === 'Defer') {
    const warning =
      `${nameOf(migration)} of Instance ${namespace}/${name} is unfinished ${phase}: ` +
      `the ${noun} is carried out when it is over. To have that sooner, ${wayOut(migration)}.`;
    return { kind: 'Admitted', warnings: [warning, ...rescueWarnings(request)] };
  }
  return refused(
    409,
    'MigrationInProgress',
    `Cannot ${verb} Instance ${namespace}/${name} while ${nameOf(migration)} is unfinished ` +
      `${phase}. Wait until it is over, or ${wayOut(migration)}.`,
  );
}

function notConfigured(instance: string, driver: string): string {
  return (
    `Instance ${instance} names driver ${driver}, which this operator was not started with. ` +
    `Name the operator's own driver or none, or start the operator with --driver ${driver}.`
  );
}

const CHANGES = {
  Rescue: { verb: 'rescue', noun: 'rescue' },
  Unrescue: { verb: 'unrescue', noun: 'unrescue' },
  ChangeRescue: { verb: 'change the rescue of', noun: 'change of its rescue' },
  Start: { verb: 'start', noun: 'start' },
  Stop: { verb: 'stop', noun: 'stop' },
} as const;
type BootChange = keyof typeof CHANGES;

/** What a change means for the machine; `undefined`: nothing now. */
function bootChange({ before, after, rescue }: InstanceRequest): BootChange | undefined {
  if (before === undefined) return undefined;
  // A rescue that its lease has ended may go, or be edited into another.
  const [from, to] = [before, after].map((spec) => rescueAskedFor(spec, rescue));
  const rescues = rescueChange(from, to);
  if (rescues !== undefined || before.powerState === after.powerState) return rescues;
  return after.powerState === 'Running' ? 'Start' : 'Stop';
}

function rescueChange(from: Rescue | undefined, to: Rescue | undefined): BootChange | undefined {
  if (from === undefined) return to && 'Rescue';
  if (to === undefined) return 'Unrescue';
  return rescueSession(from) === rescueSession(to) ? undefined : 'ChangeRescue';
}
