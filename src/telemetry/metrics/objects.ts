import { InstanceState, type Instance } from '../../api/instance.ts';
import { MigrationPhase, type LiveMigration } from '../../api/live-migration.ts';
import { CAPABILITY_LABEL, NODE_ROLES } from '../../domain/node/roles.ts';
import { isFinal } from '../../domain/live-migration/decide.ts';
import { seconds, type Meter, type Reading } from './meter.ts';

/** What there is, as the caches have it. */
export interface Objects {
  readonly instances: Listed<Instance>;
  readonly migrations: Listed<LiveMigration>;
  readonly nodes: Listed<LabelledNode>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

interface Listed<T> {
  list(): readonly T[];
}

interface LabelledNode {
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
}

/** Figures of what there is. No figure names an Instance: names are the tenants', and there are too many. */
export function measureObjects(meter: Meter, objects: Objects): void {
  meter.gauge(
    {
      name: 'medevac_instances',
      help: 'Instances by state.',
      read: () =>
        countBy('state', InstanceState.options, objects.instances.list(), ({ status }) => status?.state),
    },
    'state',
  );
  meter.gauge(
    {
      name: 'medevac_live_migrations',
      help: 'LiveMigrations by phase, finished ones as well as long as they are kept.',
      read: () =>
        countBy('phase', MigrationPhase.options, objects.migrations.list(), ({ status }) => status?.phase),
    },
    'phase',
  );
  meter.gauge(
    {
      name: 'medevac_node_capable',
      help: 'Whether the node carries the label that lets rescued VMs leave it (source) or come to it (destination).',
      read: () => objects.nodes.list().flatMap(capabilitiesOf),
    },
    'node',
    'role',
  );
  measureRescues(meter, objects);
  measureMoves(meter, objects);
}

function measureRescues(meter: Meter, { instances, now }: Objects): void {
  const rescues = () => instances.list().flatMap(rescueOf);
  meter.gauge(
    {
      name: 'medevac_rescues',
      help: 'Rescues that are in force, by their lease: none, running, or expired (it is only reported, or a migration holds it back).',
      read: () => countBy('lease', LEASES, rescues(), (rescue) => leaseOf(rescue, now())),
    },
    'lease',
  );
  meter.gauge({
    name: 'medevac_rescue_oldest_seconds',
    help: 'Age of the rescue that has been in force longest; 0 where there is none.',
    read: () => {
      const ages = rescues().map(({ since }) => now() - Date.parse(since));
      return [{ labels: {}, value: seconds(Math.max(0, ...ages)) }];
    },
  });
}

function measureMoves(meter: Meter, { instances, migrations, now }: Objects): void {
  meter.gauge({
    name: 'medevac_live_migration_oldest_transfer_seconds',
    help: 'How long the transfer that began first has been under way; 0 where there is none.',
    read: () => {
      const ages = migrations.list().flatMap(({ status }) => {
        const { startTime, phase } = status ?? {};
        return startTime === undefined || isFinal(phase) ? [] : now() - Date.parse(startTime);
      });
      return [{ labels: {}, value: seconds(Math.max(0, ...ages)) }];
    },
  });
  meter.gauge(
    {
      name: 'medevac_evacuations',
      help: 'Instances that are to leave their node, by how far that is, or by what blocks it.',
      read: () => countBy('reason', [], instances.list(), evacuationOf),
    },
    'reason',
  );
}

function evacuationOf({ status }: Instance): string | undefined {
  const condition = status?.conditions?.find(({ type }) => type === 'Evacuating');
  return condition?.status === 'True' ? condition.reason : undefined;
}

const LEASES = ['none', 'running', 'expired'] as const;

type Rescue = NonNullable<NonNullable<Instance['status']>['rescue']>;

/** A rescue that its lease has ended stays in the status, but the VM is not rescued any more. */
function rescueOf({ status }: Instance): Rescue[] {
  const inForce = status?.state === 'Rescuing' || status?.state === 'Rescued';
  return inForce && status.rescue !== undefined ? [status.rescue] : [];
}

function leaseOf({ expiresAt }: Rescue, now: number): (typeof LEASES)[number] {
  if (expiresAt === undefined) return 'none';
  return Date.parse(expiresAt) <= now ? 'expired' : 'running';
}

function capabilitiesOf({ metadata: { name, labels } }: LabelledNode): Reading[] {
  return NODE_ROLES.map((role) => ({
    labels: { node: name, role },
    value: labels[CAPABILITY_LABEL[role]] === 'true' ? 1 : 0,
  }));
}

/** How many things there are of each value, also of those that there are none of: so that a figure falls to 0. */
function countBy<V extends string, T>(
  label: string,
  values: readonly V[],
  things: readonly T[],
  valueOf: (thing: T) => V | undefined,
): Reading[] {
  const counts = new Map<V, number>(values.map((value) => [value, 0]));
  for (const thing of things) {
    const value = valueOf(thing);
    if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts].map(([value, count]) => ({ labels: { [label]: value }, value: count }));
}
