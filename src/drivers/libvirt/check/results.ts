import type { Minimum } from '../../../domain/node/minimum.ts';
import { NODE_ROLES } from '../../../domain/node/roles.ts';
import { isAtLeast, parseVersion } from '../../../domain/node/version.ts';
import { daemonVersion, hasBoard } from '../statistics.ts';
import type { VirshResult } from '../virsh.ts';
import { remedyFor, type Route } from './remedies.ts';

/** What came of one check. */
export interface CheckResult {
  readonly state: 'Passed' | 'Failed' | 'Skipped';
  /** What was checked, and what was found. */
  readonly text: string;
  /** What to do about it. */
  readonly remedy?: string;
}

/** What the configuration wants of each host. */
export interface Wanted {
  readonly minimum: Minimum;
  readonly machineType: string;
  readonly pools: readonly string[];
}

/** What virsh has answered of a host. */
export interface HostFindings {
  readonly version: VirshResult;
  /** Names of its pools, and of those that are active. */
  readonly pools: VirshResult;
  readonly activePools: VirshResult;
}

/** How far the definition of a domain came. */
export interface PairFindings {
  readonly defined: VirshResult;
  readonly moved: VirshResult;
  /** Whether the destination has it. */
  readonly arrived: VirshResult;
  /** Nodes where it may be still, though it was to be removed. */
  readonly left: readonly string[];
}

/** Whether a host answers at all. */
export function answers({ version }: HostFindings): boolean {
  return version.kind === 'Done';
}

/** The checks of a host by itself. `uri`: where the operator reaches it. */
export function hostResults(
  node: string,
  uri: string,
  { version, pools, activePools }: HostFindings,
  wanted: Wanted,
): CheckResult[] {
  const route: Route = { from: undefined, to: node, uri };
  if (version.kind !== 'Done') return [failedRoute(node, version, route)];
  return [versionResult(node, version.stdout, wanted), ...poolResults()];

  function poolResults(): CheckResult[] {
    const unread = [pools, activePools].find(({ kind }) => kind !== 'Done');
    if (unread !== undefined && unread.kind !== 'Done') return [failedRoute(node, unread, route)];
    const lists = [pools, activePools].map(namesIn);
    return wanted.pools.map((pool) => poolResult(node, pool, lists));
  }
}

function versionResult(node: string, stdout: string, { minimum, machineType }: Wanted): CheckResult {
  const libvirt = daemonVersion(stdout) ?? 'of no version';
  const qemu = /^Running hypervisor: QEMU (\S+)$/m.exec(stdout)?.[1] ?? 'of no version';
  const text = `${node}: libvirt ${libvirt}, QEMU ${qemu}`;
  const old = NODE_ROLES.filter((role) => !isNewEnough(libvirt, minimum[role]));
  if (old.length > 0) {
    const least = old.map((role) => `${minimum[role]} as ${role}`).join(' and ');
    const remedy = `Rescued VMs need libvirt ${least} of a migration: upgrade ${node}.`;
    return { state: 'Failed', text, remedy };
  }
  if (hasBoard(stdout, machineType)) return { state: 'Passed', text };
  const remedy = `It has no machine type ${machineType}: upgrade QEMU, or set machineTypes to one that all hosts have.`;
  return { state: 'Failed', text, remedy };
}

function isNewEnough(text: string, minimum: string): boolean {
  const [version, least] = [text, minimum].map(parseVersion);
  return version !== undefined && (least === undefined || isAtLeast(version, least));
}

function poolResult(
  node: string,
  pool: string,
  [all = [], active = []]: readonly (readonly string[])[],
): CheckResult {
  if (active.includes(pool)) return { state: 'Passed', text: `${node}: pool ${pool} is active` };
  if (all.includes(pool)) {
    const remedy = `On ${node}: virsh pool-start ${pool}; virsh pool-autostart ${pool}`;
    return { state: 'Failed', text: `${node}: pool ${pool} is not active`, remedy };
  }
  const remedy = `Define it on ${node} as on the other hosts (virsh pool-define), then start it and have it start by itself.`;
  return { state: 'Failed', text: `${node}: there is no pool ${pool}`, remedy };
}

/** The check whether VMs can be moved along a route. */
export function pairResult(
  route: Route & { readonly from: string },
  { defined, moved, arrived, left }: PairFindings,
): CheckResult[] {
  const { from, to, uri } = route;
  const pair = `${from} → ${to}`;
  return [
    result(),
    ...left.map((node): CheckResult => ({
      state: 'Failed',
      text: `${pair}: the domain of this check may be on ${node} still`,
      remedy: `On ${node}: virsh list --all --name, and virsh undefine what begins with ${CHECK_PREFIX}.`,
    })),
  ];

  function result(): CheckResult {
    if (defined.kind !== 'Done') return failedRoute(pair, defined, route);
    if (moved.kind !== 'Done') return failedRoute(pair, moved, route);
    if (arrived.kind === 'Done') return { state: 'Passed', text: `${pair}: by ${uri}` };
    const remedy = `peerUri ${uri} leads to another host than the uri of ${to}: correct it in the configuration, or that name on ${from}.`;
    return { state: 'Failed', text: `${pair}: what was sent has not arrived there`, remedy };
  }
}

/** Names of the domains that are made to be moved begin so. No dot: no operator takes one for a VM. */
export const CHECK_PREFIX = 'medevac-check-';

/** A pair of which one does not answer. */
export function skippedPair(from: string, to: string, silent: string): CheckResult {
  return { state: 'Skipped', text: `${from} → ${to}: ${silent} does not answer` };
}

function failedRoute(
  what: string,
  failure: Exclude<VirshResult, { kind: 'Done' }>,
  route: Route,
): CheckResult {
  const words = failure.kind === 'TimedOut' ? 'no answer in time' : failure.message;
  return { state: 'Failed', text: `${what}: ${words}`, remedy: remedyFor(words, route) };
}

const MARKS = { Passed: 'ok     ', Failed: 'FAILED ', Skipped: 'skipped' } as const;

/** The lines that tell of a check. */
export function toldAs({ state, text, remedy }: CheckResult): string[] {
  const line = `${MARKS[state]}  ${text}`;
  return remedy === undefined ? [line] : [line, `         ${remedy}`];
}

export interface Conclusion {
  readonly text: string;
  readonly exitCode: 0 | 1;
}

/** What all checks come to. What was stopped has not shown that all is well. */
export function conclude(results: readonly CheckResult[], end: 'Complete' | 'Stopped'): Conclusion {
  const count = (state: CheckResult['state']) => results.filter((one) => one.state === state).length;
  const [failed, skipped] = [count('Failed'), count('Skipped')];
  const parts = [
    `${count('Passed')} passed`,
    `${failed} failed`,
    ...(skipped === 0 ? [] : [`${skipped} skipped`]),
  ];
  const text = `${end === 'Stopped' ? 'Stopped before the end: ' : ''}${parts.join(', ')}.`;
  return { text, exitCode: end === 'Complete' && failed + skipped === 0 ? 0 : 1 };
}

/** Names as `--name` prints them: one a line, in some versions padded. */
function namesIn(result: VirshResult): string[] {
  return result.kind === 'Done' ? result.stdout.split('\n').map((line) => line.trim()) : [];
}
