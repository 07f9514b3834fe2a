import type { ResolvedIdentity } from '../../api/instance.ts';
import { namesOfWritten } from '../../domain/instance/writable-disks.ts';
import type { ObservedVm, Ownership, RunningVm, Trouble, VmTrouble } from '../../domain/observed.ts';
import type { Boot } from '../../domain/vm.ts';
import type { VmRecord } from './metadata.ts';
import type { Domain } from './parse.ts';
import type { GuestState } from './statistics.ts';
import type { VmView } from './view.ts';

/** What the driver knows beyond what the hosts say. */
export interface OwnKnowledge {
  /** The boot whose end was ordered. */
  readonly ending: string | undefined;
  readonly trouble: VmTrouble | undefined;
  readonly drift: readonly string[];
  /** Why what runs can't be migrated. */
  readonly notMigratable: Trouble | undefined;
}

/** How what we have not booted was booted, as far as anybody can say. */
export const NOT_OURS: Boot = { mode: 'Normal', session: '', specHash: '' };

/** The VM as its hosts have it. */
export function observeVm(view: VmView, { trouble, drift, ...known }: OwnKnowledge): ObservedVm {
  const { record, running, home } = view;
  const domain = home?.stored ?? running?.running;
  return {
    uid: uidOf(view),
    ownership: ownershipOf(record),
    identity: domain && identityOf(domain),
    writes: writtenIn(view),
    stored: { ...storedAs(view), drift, ...(home !== undefined && { node: home.node }) },
    running: running && runningVm(running, known),
    trouble: running === undefined ? trouble : crashOf(running.state),
  };
}

/** Only the panic device makes libvirt call a guest crashed: one whose QEMU has died does not run. */
function crashOf(state: GuestState): VmTrouble | undefined {
  return state === 'Crashed' ? { reason: 'GuestPanicked', message: 'its panic device says so' } : undefined;
}

/** Wherever it is stored or runs. A pool is the same one for all namespaces. */
function writtenIn({ places }: VmView): string[] {
  const domains = places.flatMap(({ stored, running }) => [stored, running]);
  const disks = domains.flatMap((domain) =>
    (domain?.volumes ?? []).map(({ pool, volume: name, readOnly }) => ({
      device: readOnly ? ('CDROM' as const) : ('Disk' as const),
      source: { volume: { pool, name } },
    })),
  );
  return namesOfWritten(disks, '');
}

/** Of a VM that we have not made, its own. */
export function uidOf({ record, home, running }: VmView): string {
  return record?.uid ?? (home?.stored ?? running?.running)?.uuid ?? '';
}

function storedAs({ record, running }: VmView): Pick<ObservedVm['stored'], 'boot' | 'power'> {
  const { boot, power } = record ?? { boot: NOT_OURS, power: running === undefined ? 'Off' : 'On' };
  return { boot, power };
}

export function ownershipOf(record: VmRecord | undefined): Ownership {
  return record === undefined ? { kind: 'Nobody' } : { kind: 'Instance', ...record.instance };
}

/** A domain that we have not made says nothing of the names of its networks. */
function identityOf({ uuid, serial, vm }: Domain): ResolvedIdentity {
  const macAddresses = Object.fromEntries((vm?.networks ?? []).map(({ name, mac }) => [name, mac]));
  return { firmwareUUID: uuid, serial: serial ?? uuid, macAddresses };
}

function runningVm(
  { node, state, running }: NonNullable<VmView['running']>,
  { ending, notMigratable }: Pick<OwnKnowledge, 'ending' | 'notMigratable'>,
): RunningVm {
  const bootId = bootIdOf(running);
  return {
    bootId,
    boot: running.vm?.boot ?? NOT_OURS,
    phase: bootId === ending ? 'Stopping' : PHASES[state],
    node,
    notMigratable,
  };
}

/** What others have started has none: then it is one boot for as long as it runs. */
export function bootIdOf({ vm, uuid }: Domain): string {
  return vm?.bootId === undefined || vm.bootId === '' ? uuid : vm.bootId;
}

const PHASES: Readonly<Record<GuestState, RunningVm['phase']>> = {
  Off: 'Ended',
  Running: 'Running',
  Paused: 'Paused',
  Moving: 'Running',
  PostCopy: 'Running',
  PostCopyFailed: 'Running',
  Starting: 'Starting',
  Stopping: 'Stopping',
  Crashed: 'Ended',
};
