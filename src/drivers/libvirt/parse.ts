import * as z from 'zod';
import {
  MIGRATION_PREFIX,
  migrationRecord,
  VM_PREFIX,
  vmRecord,
  type MigrationRecord,
  type VmRecord,
} from './metadata.ts';
import { parseXml } from './xml.ts';

const Address = z.record(z.string(), z.string()).optional();

const DiskElement = z.object({
  '@device': z.string().default('disk'),
  driver: z.object({ '@type': z.string().default('raw') }).optional(),
  source: z.looseObject({ '@pool': z.string().optional(), '@volume': z.string().optional() }).optional(),
  target: z.object({ '@dev': z.string(), '@bus': z.string().default('') }),
  serial: z.string().default(''),
  boot: z.object({ '@order': z.string() }).optional(),
  address: Address,
});

const InterfaceElement = z.object({
  mac: z.object({ '@address': z.string() }).optional(),
  source: z.looseObject({ '@network': z.string().optional(), '@bridge': z.string().optional() }).optional(),
  model: z.object({ '@type': z.string() }).optional(),
  address: Address,
});

const Sysinfo = z.object({
  system: z
    .object({
      entry: z.array(z.looseObject({ '@name': z.string(), '#text': z.string().default('') })).default([]),
    })
    .optional(),
});

/** Of a domain, the elements that we look at. */
const DomainElement = z.object({
  domain: z.object({
    '@type': z.string(),
    name: z.string(),
    uuid: z.string(),
    metadata: z.record(z.string(), z.unknown()).or(z.literal('')).optional(),
    memory: z.object({ '@unit': z.string().default('KiB'), '#text': z.string() }),
    vcpu: z.union([z.string(), z.object({ '#text': z.string() })]),
    os: z.object({
      '@firmware': z.string().default('bios'),
      type: z.object({ '@machine': z.string().default(''), '#text': z.string() }),
    }),
    sysinfo: z.union([Sysinfo, z.array(Sysinfo)]).optional(),
    devices: z.preprocess(
      // An element without anything in it is read as an empty text.
      (devices) => (devices === '' ? {} : devices),
      z.object({
        disk: z.array(DiskElement).default([]),
        interface: z.array(InterfaceElement).default([]),
      }),
    ),
  }),
});
type DomainElement = z.infer<typeof DomainElement>['domain'];

/** A domain, as it is stored or as it runs. */
export interface Domain {
  readonly name: string;
  readonly uuid: string;
  readonly serial: string | undefined;
  /** `undefined`: we have not made it. */
  readonly vm: VmRecord | undefined;
  readonly migration: MigrationRecord | undefined;
  /** Addresses of its network interfaces, in the guest's order. */
  readonly macAddresses: readonly string[];
  /** What the guest finds: values by path, such as `disks[0].serial`. */
  readonly hardware: ReadonlyMap<string, string>;
  /** Pools and volumes of its disks. */
  readonly volumes: readonly Volume[];
}

interface Volume {
  readonly pool: string;
  readonly volume: string;
  readonly readOnly: boolean;
}

/** Reads what `virsh dumpxml` prints. @throws where that is no domain. */
export function parseDomain(xml: string): Domain {
  const { domain } = DomainElement.parse(parseXml(xml));
  const metadata = typeof domain.metadata === 'object' ? domain.metadata : {};
  const { disk: disks, interface: interfaces } = domain.devices;
  return {
    name: domain.name,
    uuid: domain.uuid,
    serial: serialOf(domain),
    vm: vmRecord(metadata[`${VM_PREFIX}:vm`]),
    migration: migrationRecord(metadata[`${MIGRATION_PREFIX}:migration`]),
    macAddresses: interfaces.flatMap(({ mac }) => mac?.['@address'] ?? []),
    hardware: hardwareOf(domain),
    volumes: disks.flatMap(({ source, '@device': device }) => {
      const { '@pool': pool, '@volume': volume } = source ?? {};
      return pool === undefined || volume === undefined ? [] : { pool, volume, readOnly: device === 'cdrom' };
    }),
  };
}

function serialOf({ sysinfo }: DomainElement): string | undefined {
  const entries = [sysinfo ?? []].flat().flatMap(({ system }) => system?.entry ?? []);
  return entries.find((entry) => entry['@name'] === 'serial')?.['#text'];
}

function hardwareOf(domain: DomainElement) {
  const { '@type': type, memory, vcpu, os, devices, uuid } = domain;
  const fields: [path: string, value: string | undefined][] = [
    ['type', type],
    ['uuid', uuid],
    ['serial', serialOf(domain)],
    ['memory', String(kibibytes(memory))],
    ['cpu.cores', typeof vcpu === 'string' ? vcpu : vcpu['#text']],
    ['machine.type', os.type['@machine']],
    ['machine.firmware', os['@firmware']],
    ...devices.disk.flatMap((disk, index) => fieldsOf(`disks[${index}]`, diskFields(disk))),
    ...devices.interface.flatMap((nic, index) => fieldsOf(`networks[${index}]`, interfaceFields(nic))),
  ];
  return new Map(fields.flatMap(([path, value]) => (value === undefined ? [] : [[path, value]])));
}

function diskFields({
  source,
  target,
  serial,
  boot,
  driver,
  address,
  '@device': device,
}: z.infer<typeof DiskElement>) {
  return {
    device,
    serial,
    pool: source?.['@pool'],
    volume: source?.['@volume'],
    format: driver?.['@type'],
    bus: target['@bus'],
    bootOrder: boot?.['@order'],
    address: addressText(address),
  };
}

function interfaceFields({ mac, source, model, address }: z.infer<typeof InterfaceElement>) {
  return {
    macAddress: mac?.['@address'],
    source: source?.['@network'] ?? source?.['@bridge'],
    model: model?.['@type'],
    address: addressText(address),
  };
}

function fieldsOf(path: string, fields: Record<string, string | undefined>): [string, string | undefined][] {
  return Object.entries(fields).map(([name, value]) => [`${path}.${name}`, value]);
}

/** In the order of the attributes' names: libvirt writes them in its own. */
function addressText(address: Record<string, string> | undefined): string | undefined {
  if (address === undefined) return undefined;
  const parts = Object.entries(address).filter(([name]) => name !== '@multifunction');
  return parts
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name.slice(1)}=${value}`)
    .join(' ');
}

const UNITS: Readonly<Record<string, number>> = {
  b: 1 / 1024,
  bytes: 1 / 1024,
  KiB: 1,
  MiB: 1024,
  GiB: 1024 ** 2,
  TiB: 1024 ** 3,
};

function kibibytes({ '@unit': unit, '#text': amount }: DomainElement['memory']): number {
  return Number(amount) * (UNITS[unit] ?? NaN);
}

/** Paths of the hardware of `wanted` that is not so in `stored`, and of devices that only `stored` has. */
export function differences(wanted: Domain, stored: Domain): string[] {
  const missing = [...wanted.hardware].filter(([path, value]) => stored.hardware.get(path) !== value);
  const added = [...stored.hardware.keys()].filter((path) => isDevice(path) && !wanted.hardware.has(path));
  return [...missing.map(([path]) => path), ...added];
}

function isDevice(path: string): boolean {
  return /\]\.(serial|macAddress|bootOrder)$/.test(path);
}
