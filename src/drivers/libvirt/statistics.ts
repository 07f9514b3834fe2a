import type { Progress } from '../../api/live-migration.ts';

/** Figures as virsh prints them: `name: value` or `name=value`, one a line. */
export type Statistics = ReadonlyMap<string, string>;

/** Reads `domstats --raw` of one domain, or `domjobinfo --rawstats`. */
export function parseStatistics(text: string): Statistics {
  const lines = text.split('\n').map((line) => /^\s*([A-Za-z][\w. -]*?)\s*[:=]\s*(.*?)\s*$/.exec(line));
  return new Map(lines.flatMap((match) => (match === null ? [] : [[match[1] ?? '', match[2] ?? '']])));
}

/**
 * What runs of a domain. Moving: it stands still while it is handed over. PostCopy: it runs before its memory is there;
 * PostCopyFailed: and what is missing does not come, on either side.
 */
export type GuestState =
  | 'Off'
  | 'Running'
  | 'Paused'
  | 'Moving'
  | 'PostCopy'
  | 'PostCopyFailed'
  | 'Starting'
  | 'Stopping'
  | 'Crashed';

/** virDomainState. */
const STATES: ReadonlyMap<string, GuestState> = new Map([
  ['1', 'Running'],
  ['2', 'Running'],
  ['3', 'Paused'],
  ['4', 'Stopping'],
  ['5', 'Off'],
  ['6', 'Crashed'],
  ['7', 'Paused'],
]);

/** virDomainPausedReason: it stands still because it is moved, or is being started or ended. */
const PAUSES: ReadonlyMap<string, GuestState> = new Map([
  ['2', 'Moving'],
  ['8', 'Stopping'],
  ['10', 'Crashed'],
  ['11', 'Starting'],
  ['12', 'Moving'],
  ['13', 'PostCopyFailed'],
]);
/** virDomainRunningReason: on the destination, while memory still comes from the source, or should. */
const RUNS: ReadonlyMap<string, GuestState> = new Map([
  ['10', 'PostCopy'],
  ['11', 'PostCopyFailed'],
]);

/** The state of a domain from `domstats --raw --state`. What is not known counts as paused: it is there. */
export function guestState(statistics: Statistics): GuestState {
  const state = STATES.get(statistics.get('state.state') ?? '') ?? 'Paused';
  const reason = statistics.get('state.reason') ?? '';
  if (state === 'Running') return RUNS.get(reason) ?? 'Running';
  return state === 'Paused' ? (PAUSES.get(reason) ?? 'Paused') : state;
}

/** A job of libvirt that moves a domain away. */
export interface TransferJob {
  readonly progress: Omit<Progress, 'observedTime'>;
}

/** virDomainJobType: neither none nor over. */
const UNDER_WAY: ReadonlySet<string> = new Set(['1', '2']);
/** virDomainJobOperation. */
const MIGRATION_OUT = '5';

/** The transfer that is under way, from `domjobinfo --rawstats` at the source; `undefined`: there is none. */
export function transferJob(statistics: Statistics): TransferJob | undefined {
  const isTransfer = statistics.get('operation') === MIGRATION_OUT;
  return isTransfer && UNDER_WAY.has(statistics.get('Job type') ?? '') ? jobFrom(statistics) : undefined;
}

/** A figure that is a number; `undefined`: it is not there, or none. */
export function countOf(statistics: Statistics, name: string): number | undefined {
  const value = statistics.get(name);
  return value === undefined || !/^\d+$/.test(value) ? undefined : Number(value);
}

function jobFrom(statistics: Statistics): TransferJob {
  const count = (name: string) => countOf(statistics, name);
  const [total = 0, remaining = 0] = [count('data_total'), count('data_remaining')];
  const progress = {
    percent: total === 0 ? undefined : percentOf(total - remaining, total),
    memoryTotalBytes: count('memory_total'),
    memoryProcessedBytes: count('memory_processed'),
    memoryRemainingBytes: count('memory_remaining'),
    diskTotalBytes: count('disk_total'),
    diskProcessedBytes: count('disk_processed'),
    diskRemainingBytes: count('disk_remaining'),
  };
  return { progress };
}

/** A guest writes while it is copied, so what remains may grow. */
function percentOf(done: number, total: number): number {
  return Math.max(0, Math.min(100, Math.floor((100 * done) / total)));
}

/** Whether the QEMU that `version` tells of has a board of that version, such as `pc-q35-7.2`; not, where it tells of none. */
export function hasBoard(text: string, machineType: string): boolean {
  const numbers = (pattern: RegExp, of: string) => pattern.exec(of)?.slice(1).map(Number);
  const [major = 0, minor = 0] = numbers(/^Running hypervisor: QEMU (\d+)\.(\d+)/m, text) ?? [];
  const [wantMajor = 0, wantMinor = 0] = numbers(/-(\d+)\.(\d+)/, machineType) ?? [];
  return major > wantMajor || (major === wantMajor && minor >= wantMinor);
}

/** What `version --daemon` says of the daemon; `undefined`: it doesn't. */
export function daemonVersion(text: string): string | undefined {
  return /^Running against daemon: (\S+)$/m.exec(text)?.[1];
}
