import type { Instance } from '../../src/api/instance.ts';
import type { LiveMigration } from '../../src/api/live-migration.ts';
import { NODES } from '../../src/api/resources.ts';
import { isMadeByDrain } from '../../src/domain/evacuation/attempts.ts';
import { isFinal } from '../../src/domain/live-migration/decide.ts';
import { ResourceClient } from '../../src/kube/resource-client.ts';
import { kubectl } from '../../test/support/kubectl.ts';
import type { Observer } from '../../test/support/observer.ts';
import type { Stage } from '../../test/support/stage.ts';
import type { DrainBackstage, Drained, Witness } from './drain-backstage.ts';
import type { Narrator } from './narrator.ts';

/** What became of one VM; all of it was observed. */
interface VmOutcome {
  readonly name: string;
  readonly rescued: boolean;
  readonly outcome: 'Migrated' | 'Blocked';
  /** Of condition Evacuating where it is blocked. */
  readonly reason: string | null;
  readonly from: string;
  readonly to: string;
  /**
   * How long its guest was down, as it says itself where it is a real one; null: it was booted anew, and nobody has seen
   * how long that took.
   */
  readonly secondsDown: number | null;
}

export interface DrainReport {
  readonly vms: VmOutcome[];
  readonly kubectlExitCode: number;
  /** From the beginning of the drain to the last arrival. */
  readonly wallSeconds: number;
  /** Rounds × the time that one migration took. */
  readonly idealSeconds: number;
}

export interface DrainProps {
  readonly stage: Stage;
  readonly backstage: DrainBackstage;
  readonly observer: Observer;
  readonly narrator: Narrator;
}

const VMS = ['vm-1', 'vm-2', 'vm-3', 'vm-4', 'vm-5', 'vm-6'];
const PER_SOURCE = 2;

/** A VM before the drain, and who watches it. */
interface Watched extends Drained {
  readonly witness: Witness;
}

/** Six VMs on a node that is drained as any other node is. */
export async function tellDrain(props: DrainProps): Promise<DrainReport> {
  const before = await settle(props);
  const { narrator, observer, backstage } = props;
  narrator.chapter('2. kubectl drain, unchanged');
  const began = Date.now();
  const exitCode = await typeAsAdmin(props, [
    'drain',
    backstage.drained,
    ...backstage.flags,
    '--timeout=300s',
  ]);
  const ended = Date.now();
  narrator.chapter('3. What became of them');
  const vms = [];
  for (const one of before) vms.push(await outcomeOf(props, one));
  const { lastArrival, ideal } = timesOf(observer);
  const report = {
    vms,
    kubectlExitCode: exitCode,
    wallSeconds: inSeconds(lastArrival - began),
    idealSeconds: inSeconds(ideal),
  };
  narrator.answered(
    `last arrival after ${report.wallSeconds} s; ideal ${report.idealSeconds} s; ` +
      `kubectl ended ${inSeconds(ended - lastArrival)} s after it`,
  );
  return report;
}

/** All six on one node, where the others take no VMs for the moment. */
async function settle(props: DrainProps): Promise<Watched[]> {
  const { stage, backstage, narrator } = props;
  const incapable = backstage.others.at(-1) ?? '';
  narrator.chapter(`1. Six VMs on one node, two of them rescued; ${incapable} can not receive rescued VMs`);
  await setCordons(props, true);
  const args = ['apply', '-f', backstage.manifests];
  narrator.typed(`kubectl ${args.join(' ')}`);
  narrator.answered((await stage.kubectl(args)).stdout);
  const before = [];
  for (const name of VMS) before.push(await settled(props, name));
  await setCordons(props, false);
  return before;
}

async function setCordons({ stage, backstage }: DrainProps, unschedulable: boolean): Promise<void> {
  const nodes = new ResourceClient(stage.admin, NODES);
  for (const name of backstage.others) {
    await nodes.mergePatch({ namespace: '', name }, { spec: { unschedulable: unschedulable || null } });
  }
}

async function settled({ stage, backstage, observer, narrator }: DrainProps, name: string): Promise<Watched> {
  const find = () => lastOf(observer, name, isSettled);
  const { status } = await observer.until(`${name} has settled`, find, backstage.patience);
  const { state = 'Pending', node = '' } = status ?? {};
  narrator.good(`${name} is ${state} on ${node}`);
  const vm = { key: { namespace: stage.namespace, name }, state, node };
  await backstage.slowDown(vm);
  return { ...vm, witness: await backstage.witness(vm) };
}

function isSettled({ spec, status }: Instance): boolean {
  return (
    status?.state === (spec.rescue === undefined ? 'Running' : 'Rescued') && status.operation === undefined
  );
}

function lastOf(
  { instances }: Observer,
  name: string,
  matches: (instance: Instance) => boolean,
): Instance | undefined {
  const last = instances.findLast(({ object }) => object.metadata.name === name)?.object;
  return last !== undefined && matches(last) ? last : undefined;
}

/** What is printed is shown as it comes. */
async function typeAsAdmin({ stage, narrator }: DrainProps, args: readonly string[]): Promise<number> {
  narrator.typed(`kubectl ${args.join(' ')}`);
  const onLine = (line: string) => narrator.answered(line);
  const { code } = await kubectl(stage.controlPlane, args, { onLine });
  narrator.seen(`kubectl ended with exit code ${code}`);
  return code;
}

async function outcomeOf(
  { observer, narrator }: DrainProps,
  { key, state, node: from, witness }: Watched,
): Promise<VmOutcome> {
  const { name } = key;
  const now = await observer.until(`${name} is settled again`, () => lastOf(observer, name, isSettled));
  const to = now.status?.node ?? '';
  const { secondsDown, words } = await witness.testify(to);
  const moved = { name, rescued: state === 'Rescued', from, to, secondsDown };
  const outcome = { ...moved, ...(to === from ? whyBlocked(now) : MIGRATED) };
  narrator.good(taleOf(outcome) + (words === undefined ? '' : `; ${words}`));
  return outcome;
}

const MIGRATED = { outcome: 'Migrated', reason: null } as const;

function whyBlocked({ status }: Instance): Pick<VmOutcome, 'outcome' | 'reason'> {
  const evacuating = status?.conditions?.find(({ type }) => type === 'Evacuating');
  return { outcome: 'Blocked', reason: evacuating?.reason ?? null };
}

function taleOf({ name, rescued, outcome, reason, from, to, secondsDown }: VmOutcome): string {
  const how = outcome === 'Migrated' ? `${from} → ${to}` : `still on ${from}: ${reason ?? ''}`;
  const down = secondsDown === null ? 'booted anew' : `${secondsDown} s down`;
  return `${name}${rescued ? ' (rescued)' : ''}: ${outcome}, ${how}, ${down}`;
}

/** When the last VM arrived, and how long all of it takes where nothing is lost between migrations. Milliseconds. */
function timesOf(observer: Observer): { lastArrival: number; ideal: number } {
  const begun = new Map<string, number>();
  const ended = new Map<string, number>();
  for (const { at, object } of observer.migrations.filter(({ object }) => isMadeByDrain(object))) {
    const { name } = object.metadata;
    if (!begun.has(name)) begun.set(name, at);
    if (isFinal(object.status?.phase)) ended.set(name, endOf(object));
  }
  const lengths = [...ended].map(([name, end]) => end - (begun.get(name) ?? end)).toSorted((a, b) => a - b);
  const rounds = Math.ceil(VMS.length / PER_SOURCE);
  const typical = lengths[Math.floor(lengths.length / 2)] ?? 0;
  return { lastArrival: Math.max(...ended.values()), ideal: rounds * typical };
}

function endOf({ status }: LiveMigration): number {
  return Date.parse(status?.completionTime ?? '');
}

function inSeconds(milliseconds: number): number {
  return Math.round(milliseconds / 100) / 10;
}

/** Whether it came out as it is promised. */
export function isAsPromised({ vms, kubectlExitCode }: DrainReport): boolean {
  return (
    kubectlExitCode === 0 &&
    vms.every(({ outcome, secondsDown }) => outcome === 'Migrated' && secondsDown === 0)
  );
}
