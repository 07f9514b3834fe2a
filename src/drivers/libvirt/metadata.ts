import * as z from 'zod';
import { FiguresElement, figuresElement, type FinalFigures } from './final-figures.ts';
import type { Element } from './xml.ts';

/** Namespaces of what we write into a domain's `<metadata>`, and the prefixes that libvirt keeps for them. */
export const VM_NAMESPACE = 'https://medevac.dev/libvirt/vm/1';
export const VM_PREFIX = 'medevac';
export const MIGRATION_NAMESPACE = 'https://medevac.dev/libvirt/migration/1';
export const MIGRATION_PREFIX = 'medevac-migration';

/** What is in `<metadata>`: each of them in its namespace, as libvirt asks for. */
export function metadataElement(vm: VmRecord, migration: MigrationRecord | undefined): Element {
  const own = namespaced(vmElement(vm), VM_PREFIX);
  const moved = migration && namespaced(migrationElement(migration), MIGRATION_PREFIX);
  return {
    [`${VM_PREFIX}:vm`]: { [`@xmlns:${VM_PREFIX}`]: VM_NAMESPACE, ...own },
    [`${MIGRATION_PREFIX}:migration`]: moved && {
      [`@xmlns:${MIGRATION_PREFIX}`]: MIGRATION_NAMESPACE,
      ...moved,
    },
  };
}

function namespaced(element: Element, prefix: string): Element {
  return Object.fromEntries(
    Object.entries(element).map(([name, value]) => {
      if (name.startsWith('@') || typeof value !== 'object') return [name, value];
      const named = `${prefix}:${name}`;
      return isList(value)
        ? [named, value.map((item) => namespaced(item, prefix))]
        : [named, namespaced(value, prefix)];
    }),
  );
}

function isList(value: Element | readonly Element[]): value is readonly Element[] {
  return Array.isArray(value);
}

const Named = z.object({ '@name': z.string() });

const VmElement = z.object({
  '@xmlns:medevac': z.literal(VM_NAMESPACE),
  '@uid': z.string(),
  '@bootId': z.string().default(''),
  '@power': z.enum(['On', 'Off']),
  'medevac:instance': z.object({ '@uid': z.string(), '@deletionPolicy': z.enum(['Delete', 'Retain']) }),
  'medevac:boot': z.object({
    '@mode': z.enum(['Normal', 'Rescue']),
    '@session': z.string(),
    '@specHash': z.string(),
  }),
  'medevac:network': z.array(Named.extend({ '@mac': z.string() })).default([]),
  'medevac:disk': z.array(Named.extend({ '@serial': z.string() })).default([]),
});

/** What we know of a VM, and of how it is booted: in the domain that is stored, and in the one that runs. */
export interface VmRecord {
  /** Of the VM: made when it is defined for the first time. */
  readonly uid: string;
  /** Of the boot: made at each start. */
  readonly bootId: string;
  readonly power: 'On' | 'Off';
  readonly instance: { readonly uid: string; readonly deletionPolicy: 'Delete' | 'Retain' };
  readonly boot: { readonly mode: 'Normal' | 'Rescue'; readonly session: string; readonly specHash: string };
  readonly networks: readonly { readonly name: string; readonly mac: string }[];
  /** In the guest's order. */
  readonly disks: readonly { readonly name: string; readonly serial: string }[];
}

/** As virsh takes it, which puts it into its namespace. */
export function vmElement({ instance, boot, networks, disks, ...record }: VmRecord): Element {
  return {
    '@uid': record.uid,
    '@bootId': record.bootId,
    '@power': record.power,
    instance: { '@uid': instance.uid, '@deletionPolicy': instance.deletionPolicy },
    boot: { '@mode': boot.mode, '@session': boot.session, '@specHash': boot.specHash },
    network: networks.map(({ name, mac }) => ({ '@name': name, '@mac': mac })),
    disk: disks.map(({ name, serial }) => ({ '@name': name, '@serial': serial })),
  };
}

/** `undefined`: there is none, or one that is not ours. */
export function vmRecord(element: unknown): VmRecord | undefined {
  const { success, data } = VmElement.safeParse(element);
  if (!success) return undefined;
  const { 'medevac:instance': instance, 'medevac:boot': boot } = data;
  return {
    uid: data['@uid'],
    bootId: data['@bootId'],
    power: data['@power'],
    instance: { uid: instance['@uid'], deletionPolicy: instance['@deletionPolicy'] },
    boot: { mode: boot['@mode'], session: boot['@session'], specHash: boot['@specHash'] },
    networks: data['medevac:network'].map((network) => ({ name: network['@name'], mac: network['@mac'] })),
    disks: data['medevac:disk'].map((disk) => ({ name: disk['@name'], serial: disk['@serial'] })),
  };
}

const MigrationElement = z.object({
  '@xmlns:medevac-migration': z.literal(MIGRATION_NAMESPACE),
  '@uid': z.string(),
  '@source': z.string(),
  '@destination': z.string(),
  '@startedAt': z.string(),
  '@endedAt': z.string().optional(),
  '@outcome': z.enum(['Succeeded', 'Failed', 'Aborted']).optional(),
  '@words': z.string().default(''),
  'medevac-migration:figures': FiguresElement.optional(),
});

/**
 * The last live migration of a VM. It is written before the transfer, so it travels with the domain; its end is written
 * where the domain is then. So it is known whoever asks, also after a restart of the operator in between.
 */
export interface MigrationRecord {
  /** uid of the LiveMigration. */
  readonly uid: string;
  /** Nodes. */
  readonly source: string;
  readonly destination: string;
  /** RFC 3339. */
  readonly startedAt: string;
  readonly end?: MigrationEnd | undefined;
}

export interface MigrationEnd {
  readonly outcome: 'Succeeded' | 'Failed' | 'Aborted';
  /** RFC 3339. */
  readonly at: string;
  /** Why it failed. */
  readonly words: string;
  /** Of one that succeeded; absent where libvirt has them no more. */
  readonly figures?: FinalFigures | undefined;
}

/** As virsh takes it, which puts it into its namespace. */
export function migrationElement({ uid, source, destination, startedAt, end }: MigrationRecord): Element {
  return {
    '@uid': uid,
    '@source': source,
    '@destination': destination,
    '@startedAt': startedAt,
    '@endedAt': end?.at,
    '@outcome': end?.outcome,
    '@words': end?.words,
    figures: end?.figures && figuresElement(end.figures),
  };
}

/** `undefined`: there was none, or one that is not ours. */
export function migrationRecord(element: unknown): MigrationRecord | undefined {
  const { success, data } = MigrationElement.safeParse(element);
  if (!success) return undefined;
  const { '@outcome': outcome, '@endedAt': at = '', '@words': words } = data;
  const figures = data['medevac-migration:figures'];
  return {
    uid: data['@uid'],
    source: data['@source'],
    destination: data['@destination'],
    startedAt: data['@startedAt'],
    end: outcome && { outcome, at, words, ...(figures && { figures }) },
  };
}
