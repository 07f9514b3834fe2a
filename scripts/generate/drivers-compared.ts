import { pino } from 'pino';
import { DiskSource } from '../../src/api/hardware.ts';
import { DriverName } from '../../src/api/instance.ts';
import { MigrationPolicy, type LiveMigrationSpec } from '../../src/api/live-migration.ts';
import {
  unsupportedMigrationFields,
  type DriverCapabilities as Capabilities,
} from '../../src/domain/capabilities.ts';
import type { Driver } from '../../src/drivers/driver.ts';
import { parseLibvirtSettings } from '../../src/drivers/libvirt/index.ts';
import { driversFor } from '../../src/drivers/registry.ts';
import { Transport } from '../../src/kube/transport.ts';
import { table } from './markdown.ts';

/** What a driver makes of a field, or does by itself, in a cell of a table. */
type Cell = (driver: Pick<Driver, 'capabilities' | 'evictionMarks'>) => string;

const YES = 'yes';
const REFUSED = 'refused (400)';

const honoured = (does: boolean) => (does ? YES : REFUSED);
const can =
  (ability: (capabilities: Capabilities) => boolean): Cell =>
  ({ capabilities }) =>
    honoured(ability(capabilities));

/** Asked of the function that refuses: a migration with this field and no other that a driver may lack. */
function asked(field: Partial<Pick<LiveMigrationSpec, 'forceComplete'>> & { policy?: object }): Cell {
  const { forceComplete = false } = field;
  const policy = field.policy && MigrationPolicy.parse(field.policy);
  return can(
    (capabilities) => unsupportedMigrationFields({ policy, forceComplete }, capabilities).length === 0,
  );
}

const INSTANCE: Readonly<Record<string, Cell>> = {
  ...Object.fromEntries(
    Object.keys(DiskSource.shape).map((source): [string, Cell] => [
      `\`spec.disks[].source.${source}\`, \`spec.rescue.source.${source}\``,
      can(({ diskSources }) => diskSources.some((known) => known === source)),
    ]),
  ),
  'volumes of a pool': ({ capabilities: { diskSources, pools } }) => {
    if (!diskSources.includes('volume')) return REFUSED;
    return pools === undefined
      ? 'all pools'
      : 'pools that the configuration opens to the namespace; others are 403';
  },
  '`spec.networks[].podNetwork`': ({ capabilities: { mostPodNetworks } }) =>
    mostPodNetworks === undefined ? 'any number' : `${mostPodNetworks}; more are ${REFUSED}`,
  '`spec.identity.macAddresses`': ({ capabilities: { reservedMacAddresses = [] } }) =>
    reservedMacAddresses.length === 0 ? 'any' : `any but ${reservedMacAddresses.join(', ')}`,
  '`spec.kubevirt.template`': can(({ nativeTemplate }) => nativeTemplate),
};

const MIGRATION: Readonly<Record<string, Cell>> = {
  'a rescued Instance': can(({ migrateRescued }) => migrateRescued),
  '`spec.destination`': () => YES,
  '`spec.abort`, or deleting the object': can(({ abort }) => abort),
  '`spec.forceComplete`': asked({ forceComplete: true }),
  '`spec.policy.completionTimeout`': asked({ policy: { completionTimeout: '30m' } }),
  '`spec.policy.onTimeout: ForceComplete`': asked({ policy: { onTimeout: 'ForceComplete' } }),
  '`spec.policy.autoConverge`': asked({ policy: { autoConverge: true } }),
  '`spec.policy.postCopy`': asked({ policy: { postCopy: true } }),
  '`spec.policy.bandwidth`': asked({ policy: { bandwidth: '1Gi' } }),
};

const OPERATION: Readonly<Record<string, Cell>> = {
  'who finds the node of a VM, and the destination of a migration': ({ capabilities: { placesVms } }) =>
    placesVms
      ? 'the backend, through kube-scheduler and pods of its own'
      : 'kube-scheduler, through an anchor Pod that medevac makes',
  '`kubectl drain` of its node, `spec.evacuation`': () => 'moves the VM, or says what is in the way',
  'an eviction while medevac is down': ({ evictionMarks }) =>
    evictionMarks === undefined
      ? 'refused by the PodDisruptionBudget'
      : 'refused by the backend, which marks the VM; carried out when medevac is back',
  'a VM whose Instance is deleted': ({ capabilities: { followsOwnerReferences } }) =>
    followsOwnerReferences
      ? 'goes by its ownerReference'
      : 'is removed by medevac; a finalizer holds the Instance',
};

/** Sections of docs/drivers-compared.md: a column for each driver that runs VMs of people. */
export async function driverSections(): Promise<Record<string, readonly string[]>> {
  const names = DriverName.options.filter((name) => name !== 'memory');
  const drivers = await Promise.all(names.map(driverNamed));
  const tableOf = (rows: Readonly<Record<string, Cell>>) =>
    table(
      ['', ...names],
      Object.entries(rows).map(([title, cell]) => [title, ...drivers.map(cell)]),
    );
  return { Instance: tableOf(INSTANCE), LiveMigration: tableOf(MIGRATION), operation: tableOf(OPERATION) };
}

/** One that has not been started, and speaks to nobody. */
async function driverNamed(name: DriverName): Promise<Driver> {
  const made = await driversFor(name, {
    transport: new Transport({ server: 'https://localhost' }),
    logger: pino({ level: 'silent' }),
    nodes: () => [],
    node: () => undefined,
    serves: () => true,
    hasInstance: () => false,
    kubeVirtNamespace: 'kubevirt',
    libvirt: parseLibvirtSettings('{}'),
    memoryPlacement: 'ByBackend',
    mayAct: () => false,
    variables: {},
  });
  return made();
}
