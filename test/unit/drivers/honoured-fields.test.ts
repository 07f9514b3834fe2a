import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import type { DriverName } from '../../../src/api/instance.ts';
import { InstanceSpec } from '../../../src/api/instance.ts';
import {
  unsupportedInstanceFields,
  unsupportedMigrationFields,
  type DriverCapabilities,
} from '../../../src/domain/capabilities.ts';
import { parseLibvirtSettings } from '../../../src/drivers/libvirt/index.ts';
import { driversFor } from '../../../src/drivers/registry.ts';
import { Transport } from '../../../src/kube/transport.ts';
import { withFields } from '../../builders/fields.ts';
import { anInstance, aRescue, aTemplatedInstance } from '../../builders/instance.ts';
import { aStoredMigration } from '../../builders/observation.ts';

const environment = {
  transport: new Transport({ server: 'https://127.0.0.1:1' }),
  logger: pino({ level: 'silent' }),
  nodes: () => [],
  node: () => undefined,
  serves: () => true,
  hasInstance: () => false,
  kubeVirtNamespace: 'kubevirt',
  libvirt: parseLibvirtSettings('{}'),
  memoryPlacement: 'ByBackend' as const,
  mayAct: () => true,
  variables: {},
};
/** What each driver says of itself; one that the operator was not started with says nothing of fields. */
const DRIVERS = {
  kubevirt: await capabilitiesOf('kubevirt'),
  memory: await capabilitiesOf('memory'),
  'one that is not configured': (await driversFor('memory', environment))('libvirt').capabilities,
} satisfies Record<string, DriverCapabilities>;

async function capabilitiesOf(name: DriverName): Promise<DriverCapabilities> {
  const driverNamed = await driversFor(name, environment);
  return driverNamed(name).capabilities;
}

type Refusing = 'kubevirt' | 'memory';
interface Row {
  readonly field: string;
  readonly value: unknown;
  /** Drivers that can't honour it. */
  readonly refusing: readonly Refusing[];
  /** Where the field that is named is another. */
  readonly named?: string;
}

const own = (field: string) => `spec.disks[0].source.${field}`;
const rescue = (field: string) => `spec.rescue.source.${field}`;
const claim = { claimName: 'a' };
const volume = { pool: 'default', name: 'a' };
const nets = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ name: `net-${index}`, podNetwork: {} }));

const INSTANCE_ROWS: readonly Row[] = [
  { field: own('persistentVolumeClaim'), value: claim, refusing: [] },
  { field: own('dataVolume'), value: { name: 'a' }, refusing: [] },
  { field: own('containerDisk'), value: { image: 'a' }, refusing: [] },
  { field: own('cloudInit'), value: { secretName: 'a' }, refusing: [] },
  { field: own('volume'), value: volume, refusing: ['kubevirt'] },
  { field: rescue('containerDisk'), value: { image: 'a' }, refusing: [] },
  { field: rescue('persistentVolumeClaim'), value: claim, refusing: [] },
  { field: rescue('volume'), value: volume, refusing: ['kubevirt'] },
  { field: 'spec.networks', value: nets(1), refusing: [] },
  { field: 'spec.networks', value: nets(2), refusing: ['kubevirt'], named: 'spec.networks[1].podNetwork' },
  {
    field: 'spec.identity.macAddresses.default',
    value: '02:00:00:00:00:00',
    refusing: ['kubevirt'],
  },
  { field: 'spec.identity.macAddresses.default', value: '02:00:00:00:00:01', refusing: [] },
];

const MIGRATION_ROWS: readonly Row[] = [
  { field: 'spec.policy.completionTimeout', value: '30m', refusing: [] },
  { field: 'spec.policy.onTimeout', value: 'ForceComplete', refusing: ['kubevirt', 'memory'] },
  { field: 'spec.policy.autoConverge', value: true, refusing: ['kubevirt', 'memory'] },
  { field: 'spec.policy.postCopy', value: true, refusing: ['kubevirt', 'memory'] },
  { field: 'spec.policy.bandwidth', value: '1Gi', refusing: ['kubevirt'] },
  { field: 'spec.forceComplete', value: true, refusing: ['kubevirt', 'memory'] },
];

function perDriver(rows: readonly Row[]) {
  return rows.flatMap(({ refusing, named, ...row }) =>
    Object.entries(DRIVERS).map(([driver, can]) => {
      const refuses = refusing.some((name) => name === driver);
      return { ...row, driver, can, want: refuses ? [named ?? row.field] : [] };
    }),
  );
}

describe('what a driver cannot honour of an Instance', () => {
  it.each(perDriver(INSTANCE_ROWS))('$driver, $field: $want', ({ can, field, value, want }) => {
    const { spec } = anInstance({ spec: field.startsWith('spec.rescue') ? { rescue: aRescue() } : {} });
    const parent = field.slice(0, field.lastIndexOf('.'));
    const emptied = parent.endsWith('source') ? withFields({ spec }, { [parent]: {} }) : { spec };
    const parsed = InstanceSpec.parse(withFields(emptied, { [field]: value }).spec);
    expect(unsupportedInstanceFields(parsed, can)).toEqual(want);
  });

  it.each([
    { driver: 'kubevirt', want: [] },
    { driver: 'memory', want: ['spec.kubevirt.template'] },
  ] as const)('$driver, a native template: $want', ({ driver, want }) => {
    const spec = InstanceSpec.parse(aTemplatedInstance().spec);
    expect(unsupportedInstanceFields(spec, DRIVERS[driver])).toEqual(want);
  });
});

describe('what a driver cannot honour of a LiveMigration', () => {
  it.each(perDriver(MIGRATION_ROWS))('$driver, $field: $want', ({ can, field, value, want }) => {
    const migration = withFields(aStoredMigration(), { [field]: value });
    expect(unsupportedMigrationFields(migration.spec, can)).toEqual(want);
  });
});
