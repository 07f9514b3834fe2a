import type { MigrationPolicy } from '../../api/live-migration.ts';
import { bytesOf } from '../../api/bytes.ts';
import {
  MIGRATION_NAMESPACE,
  MIGRATION_PREFIX,
  migrationElement,
  VM_NAMESPACE,
  VM_PREFIX,
  vmElement,
  type MigrationRecord,
  type VmRecord,
} from './metadata.ts';
import type { Domain } from './parse.ts';
import type { HostAddress, LibvirtSettings } from './settings.ts';
import { buildXml } from './xml.ts';

/* Arguments of virsh. A domain's name never begins with a dash (see `domainName`), and XML begins with `<`. */

/** Writes the record of a VM into what is stored of it. */
export function writeVm(domain: string, record: VmRecord): string[] {
  const xml = buildXml({ vm: vmElement(record) });
  return ['metadata', domain, VM_NAMESPACE, '--key', VM_PREFIX, '--set', xml, '--config'];
}

/** Writes the record of a migration into what runs of a VM, into what is stored of it, or into both. */
export function writeMigration(
  domain: string,
  record: MigrationRecord,
  ...where: readonly ('--live' | '--config')[]
): string[] {
  const xml = buildXml({ migration: migrationElement(record) });
  return ['metadata', domain, MIGRATION_NAMESPACE, '--key', MIGRATION_PREFIX, '--set', xml, ...where];
}

/**
 * Starts a domain from what is stored of it alone: not from a saved state of its memory, nor from the variables that an
 * UEFI has left on this host (docs/adr/0038).
 */
export function startDomain({ name, hardware }: Pick<Domain, 'name' | 'hardware'>): string[] {
  const hasVariables = hardware.get('machine.firmware') === 'efi';
  return ['start', name, '--force-boot', ...(hasVariables ? ['--reset-nvram'] : [])];
}

/** Has libvirt look into a pool again. */
export function refreshPool(pool: string): string[] {
  return ['pool-refresh', '--', pool];
}

export interface Transfer {
  readonly domain: string;
  readonly destination: HostAddress;
  readonly policy: MigrationPolicy | undefined;
  /** Whether libvirt may take the configuration's word for it that both hosts see the same disks. */
  readonly sharedDisks: 'FindOut' | 'Believe';
  readonly encryption: 'Tls' | 'None';
}

const MIB = 2 ** 20;

/** How long a guest may stand still at the end of its transfer; QEMU keeps what it was told last. */
export function limitDowntime(domain: string, milliseconds: number): string[] {
  return ['migrate-setmaxdowntime', domain, String(milliseconds)];
}

/** What the last job of a domain was; it stays there for others who ask. */
export function completedJob(domain: string): string[] {
  return ['domjobinfo', domain, '--completed', '--keep-completed', '--rawstats'];
}

/** The longest time that QEMU takes. */
const ENDLESS = 2_000_000;

/**
 * Ends a transfer although the guest writes faster than it is copied. Either it goes on at the destination, and what is
 * missing of its memory follows; or it stands still for as long as that takes.
 */
export function forceTransfer(domain: string, how: 'PostCopy' | 'Pause'): string[] {
  return how === 'PostCopy' ? ['migrate-postcopy', domain] : limitDowntime(domain, ENDLESS);
}

/** Whether libvirt, which counts in MiB a second, has a word for that limit. */
export function canLimitTo(bandwidth: string): boolean {
  return bytesOf(bandwidth) >= MIB;
}

function mebibytes(amount: string): string {
  return String(Math.floor(bytesOf(amount) / MIB));
}

/** How memory goes from host to host, and what becomes of a domain where it comes from and where it goes. */
const PEER_TO_PEER = ['migrate', '--live', '--p2p', '--persistent', '--undefinesource'];

/** Has a transfer go on whose post-copy was interrupted: with what it was begun with, which QEMU has kept. */
export function resumeTransfer(
  domain: string,
  { peerUri, transferUri }: HostAddress,
  encryption: Transfer['encryption'],
): string[] {
  return [
    ...PEER_TO_PEER,
    '--postcopy',
    '--postcopy-resume',
    // Whether the hosts share its disks was asked when it began; there is no way back now.
    '--unsafe',
    ...(encryption === 'Tls' ? ['--tls'] : []),
    ...(transferUri === undefined ? [] : ['--migrateuri', transferUri]),
    domain,
    peerUri,
  ];
}

/** Moves a domain live, from host to host; it is stored at the destination then, and no longer at the source. */
export function migrateDomain({ domain, destination, policy, sharedDisks, encryption }: Transfer): string[] {
  const { peerUri, transferUri } = destination;
  const { autoConverge, postCopy, bandwidth } = policy ?? {};
  return [
    ...PEER_TO_PEER,
    '--abort-on-error',
    ...(sharedDisks === 'Believe' ? ['--unsafe'] : []),
    ...(encryption === 'Tls' ? ['--tls'] : []),
    ...(autoConverge === true ? ['--auto-converge'] : []),
    ...(postCopy === true ? ['--postcopy', '--postcopy-after-precopy'] : []),
    ...(bandwidth === undefined ? [] : ['--bandwidth', mebibytes(bandwidth)]),
    ...(bandwidth === undefined || postCopy !== true ? [] : ['--postcopy-bandwidth', mebibytes(bandwidth)]),
    ...(transferUri === undefined ? [] : ['--migrateuri', transferUri]),
    domain,
    peerUri,
  ];
}

/** A domain with nothing in it, of the kind that VMs are; never started. */
export function checkedDomain(name: string, { domainType, machineTypes }: LibvirtSettings): string {
  return buildXml({
    domain: {
      '@type': domainType,
      name,
      memory: { '@unit': 'MiB', '#text': 1 },
      vcpu: 1,
      os: { type: { '@arch': 'x86_64', '@machine': machineTypes.q35, '#text': 'hvm' } },
    },
  });
}

/** Moves what is stored of a domain that does not run, from host to host as `migrateDomain` does. */
export function moveDefinition(domain: string, { peerUri }: HostAddress): string[] {
  return ['migrate', '--offline', '--p2p', '--persistent', '--undefinesource', domain, peerUri];
}

/** Removes what is stored of a domain that has nothing in it. */
export function undefineDomain(domain: string): string[] {
  return ['undefine', domain];
}
