import type { Instance, InstanceState } from '../../src/api/instance.ts';
import type { LiveMigration } from '../../src/api/live-migration.ts';
import { isMadeByDrain } from '../../src/domain/evacuation/attempts.ts';
import { isFinal } from '../../src/domain/live-migration/decide.ts';
import { formatKey, type ObjectKey } from '../../src/kube/resource.ts';
import { readVm } from '../../test/support/evidence.ts';
import { kubectl } from '../../test/support/kubectl.ts';
import type { Observer } from '../../test/support/observer.ts';
import type { Stage } from '../../test/support/stage.ts';
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
  /** How long its guest was in no boot that runs; 0: it is the boot that it was, and was never seen in another state. */
  readonly secondsDown: number;
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
  readonly observer: Observer;
  readonly narrator: Narrator;
}

const DRAINED = 'node-a';
const OTHERS = ['node-b', 'node-c', 'node-d'];
const VMS = ['vm-1', 'vm-2', 'vm-3', 'vm-4', 'vm-5', 'vm-6'];
const PER_SOURCE = 2;
/** Long enough for what is around a migration not to count. Milliseconds. */
const TRANSFER = 20_000;

/** A VM before the drain. */
interface Before {
  readonly key: ObjectKey;
  readonly state: InstanceState;
  readonly node: string;
  /** uid of its VirtualMachineInstance: another boot would have another. */
  readonly boot: string;
}

/** Six VMs on a node that is drained as any other node is. */
export async function tellDrain(props: DrainProps): Promise<DrainReport> {
  const before = await settle(props);
  const { narrator, observer } = props;
  narrator.chapter('2. kubectl drain, unchanged');
  const mark = observer.instances.length;
  const began = Date.now();
  const exitCode = await typeAsAdmin(props, [
    'drain',
    DRAINED,
    '--ignore-daemonsets',
    '--delete-emptydir-data',
    '--force',
    '--timeout=300s',
  ]);
  const vms = [];
  for (const one of before) vms.push(await outcomeOf(props, one, mark));
  const report = { vms, kubectlExitCode: exitCode, ...times(observer, began) };
  tell(narrator, report);
  return report;
}

/** All six on one node, where the others take no VMs for the moment. */
async function settle(props: DrainProps): Promise<Before[]> {
  const { stage, narrator } = props;
  narrator.chapter('1. Six VMs on one node, two of them rescued; node-d can not receive rescued VMs');
  await setCordons(stage, true);
  narrator.typed('kubectl apply -f examples/drain-vms.yaml');
  narrator.answered((await stage.kubectl(['apply', '-f', 'examples/drain-vms.yaml'])).stdout);
  const before = [];
  for (const name of VMS) before.push(await settled(props, name));
  await setCordons(stage, false);
  return before;
}

async function setCordons({ simulator }: Stage, cordoned: boolean): Promise<void> {
  for (const node of OTHERS) await simulator?.nodes.setUnschedulable(node, cordoned);
}

async function settled({ stage, observer, narrator }: DrainProps, name: string): Promise<Before> {
  const key = { namespace: stage.namespace, name };
  stage.simulator?.fail(formatKey(key), { delays: { migrationMs: TRANSFER } });
  const { status } = await observer.until(`${name} has settled`, () => lastOf(observer, name, isSettled));
  const { vmUid: boot } = await readVm(stage.admin, key);
  const { state = 'Pending', node = '' } = status ?? {};
  narrator.good(`${name} is ${state} on ${node}`);
  return { key, state, node, boot };
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
  { stage, observer }: DrainProps,
  { key, state, node: from, boot }: Before,
  mark: number,
): Promise<VmOutcome> {
  const { name } = key;
  const now = await observer.until(`${name} is settled again`, () => lastOf(observer, name, isSettled));
  const to = now.status?.node ?? '';
  const isSame = (await readVm(stage.admin, key)).vmUid === boot;
  const secondsDown = isSame ? secondsIn(observer, name, mark, state) : Number.NaN;
  const moved = { name, rescued: state === 'Rescued', from, to, secondsDown };
  if (to !== from) return { ...moved, outcome: 'Migrated', reason: null };
  const evacuating = now.status?.conditions?.find(({ type }) => type === 'Evacuating');
  return { ...moved, outcome: 'Blocked', reason: evacuating?.reason ?? null };
}

/** How long an Instance was seen in another state than the one that it had. */
function secondsIn({ instances }: Observer, name: string, mark: number, state: InstanceState): number {
  const seen = instances.slice(mark).filter(({ object }) => object.metadata.name === name);
  const milliseconds = seen.reduce((sum, { at, object }, index) => {
    const until = seen[index + 1]?.at ?? at;
    return object.status?.state === state ? sum : sum + (until - at);
  }, 0);
  return milliseconds / 1_000;
}

function times(observer: Observer, began: number): Pick<DrainReport, 'wallSeconds' | 'idealSeconds'> {
  const ended = new Map<string, LiveMigration>();
  for (const { object } of observer.migrations) {
    if (isMadeByDrain(object) && isFinal(object.status?.phase)) ended.set(object.metadata.name, object);
  }
  const migrations = [...ended.values()];
  const lengths = migrations.map(lengthOf).toSorted((a, b) => a - b);
  const last = Math.max(...migrations.map(({ status }) => Date.parse(status?.completionTime ?? '')));
  const rounds = Math.ceil(VMS.length / PER_SOURCE);
  const typical = lengths[Math.floor(lengths.length / 2)] ?? 0;
  return { wallSeconds: inSeconds(last - began), idealSeconds: inSeconds(rounds * typical) };
}

/** From its creation to its end. Milliseconds. */
function lengthOf({ metadata, status }: LiveMigration): number {
  return Date.parse(status?.completionTime ?? '') - Date.parse(metadata.creationTimestamp);
}

function inSeconds(milliseconds: number): number {
  return Math.round(milliseconds / 100) / 10;
}

function tell(narrator: Narrator, { vms, wallSeconds, idealSeconds }: DrainReport): void {
  narrator.chapter('3. What became of them');
  for (const { name, rescued, outcome, reason, from, to, secondsDown } of vms) {
    const how = outcome === 'Migrated' ? `${from} → ${to}` : `still on ${from}: ${reason ?? ''}`;
    narrator.good(`${name}${rescued ? ' (rescued)' : ''}: ${outcome}, ${how}, ${secondsDown} s down`);
  }
  narrator.answered(`last arrival after ${wallSeconds} s; ideal ${idealSeconds} s`);
}

/** Whether it came out as it is promised. */
export function isAsPromised({ vms, kubectlExitCode }: DrainReport): boolean {
  return (
    kubectlExitCode === 0 &&
    vms.every(({ outcome, secondsDown }) => outcome === 'Migrated' && secondsDown === 0)
  );
}
