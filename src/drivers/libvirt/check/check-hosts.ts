import { randomUUID } from 'node:crypto';
import type { Minimum } from '../../../domain/node/minimum.ts';
import { checkedDomain, moveDefinition, undefineDomain } from '../commands.ts';
import { failureOf } from '../outcome.ts';
import { addressOf, type HostAddress, type LibvirtSettings } from '../settings.ts';
import type { Virsh } from '../virsh.ts';
import {
  answers,
  CHECK_PREFIX,
  conclude,
  hostResults,
  pairResult,
  skippedPair,
  toldAs,
  type CheckResult,
  type PairFindings,
} from './results.ts';

/** How long a question may take. Milliseconds. */
const READ_DEADLINE = 10_000;
/** libvirt waits for 30 s for whoever else is at a domain. Milliseconds. */
const UNDEFINE_DEADLINE = 40_000;
/** A host that is sent nothing back gives up after a good 2 min, and says why; until then it keeps the domain locked. Milliseconds. */
const MOVE_DEADLINE = 150_000;
/** So often it is tried to remove a domain: as long as a move may take. */
const UNDEFINE_ATTEMPTS = 5;
/** After so long it is told what is waited for. Milliseconds. */
const QUIET = 5_000;

interface CheckParts {
  readonly settings: LibvirtSettings;
  readonly hosts: readonly CheckedHost[];
  readonly minimum: Minimum;
  readonly print: (line: string) => void;
  /** Ends the check when what is under way is over, and removed. */
  readonly signal: AbortSignal;
}

/** A host, and virsh that speaks to it. */
export interface CheckedHost extends HostAddress {
  readonly node: string;
  readonly virsh: Virsh;
}

/** What the hosts are chosen from. */
export interface HostChoice {
  readonly settings: LibvirtSettings;
  /** The nodes that were asked for; empty: all. */
  readonly named: readonly string[];
  /** Nodes of the cluster, where the configuration has a template for them. */
  readonly listed: readonly string[];
  /** virsh that speaks to a URI. */
  readonly connect: (uri: string) => Virsh;
}

/**
 * The hosts that are to be checked.
 * @throws an Error of one line, where one that was asked for is none, or there are none
 */
export function hostsToCheck({ settings, named, listed, connect }: HostChoice): CheckedHost[] {
  const stranger = named.find((node) => addressOf(node, settings) === undefined);
  if (stranger !== undefined) throw new Error(`has no host "${stranger}"`);
  const nodes = new Set(named.length > 0 ? named : [...Object.keys(settings.hosts), ...listed]);
  const hosts = [...nodes].flatMap((node): CheckedHost[] => {
    const address = addressOf(node, settings);
    return address === undefined ? [] : [{ node, ...address, virsh: connect(address.uri) }];
  });
  if (hosts.length === 0) throw new Error('has no hosts');
  return hosts;
}

type Pair = Readonly<{ source: CheckedHost; destination: CheckedHost }>;

/**
 * Checks each host, and each way from one to another as a migration takes it: the definition of a domain without disks is
 * moved, and removed; nothing is started. Resolves to the exit code.
 */
export async function checkHosts(parts: CheckParts): Promise<0 | 1> {
  const { hosts, print, signal } = parts;
  const results: CheckResult[] = [];
  const silent = new Set<string>();
  for (const host of hosts) {
    if (signal.aborted) break;
    const { found, isSilent } = await checkHost(host, parts);
    if (isSilent) silent.add(host.node);
    tell(found);
  }
  for (const pair of pairsOf(hosts)) {
    if (signal.aborted) break;
    const [from, to] = [pair.source.node, pair.destination.node];
    const away = [from, to].find((node) => silent.has(node));
    tell(away === undefined ? await checkPair(pair, parts) : [skippedPair(from, to, away)]);
  }
  const { text, exitCode } = conclude(results, signal.aborted ? 'Stopped' : 'Complete');
  print(text);
  return exitCode;

  function tell(found: readonly CheckResult[]): void {
    results.push(...found);
    found.flatMap(toldAs).forEach(print);
  }
}

function pairsOf(hosts: readonly CheckedHost[]): Pair[] {
  return hosts.flatMap((source) =>
    hosts.flatMap((destination) => (source === destination ? [] : [{ source, destination }])),
  );
}

async function checkHost({ node, uri, virsh }: CheckedHost, { settings, minimum, signal }: CheckParts) {
  const ask = (...args: string[]) => virsh.run(args, { deadline: READ_DEADLINE, signal });
  const version = await ask('version', '--daemon');
  const [pools, activePools] =
    version.kind === 'Done'
      ? [await ask('pool-list', '--all', '--name'), await ask('pool-list', '--name')]
      : [version, version];
  const findings = { version, pools, activePools };
  const wanted = { minimum, machineType: settings.machineTypes.q35, pools: Object.keys(settings.pools) };
  // What was interrupted says nothing of the host.
  const found = signal.aborted ? [] : hostResults(node, uri, findings, wanted);
  return { found, isSilent: !answers(findings) };
}

async function checkPair(
  { source, destination }: Pair,
  { settings, hosts, print, signal }: CheckParts,
): Promise<CheckResult[]> {
  const route = { from: source.node, to: destination.node, uri: destination.peerUri };
  const name = `${CHECK_PREFIX}${randomUUID()}`;
  const over = new AbortController();
  const stopped = () => print(`         Stopping when ${name} is removed; to stop now leaves it behind.`);
  signal.addEventListener('abort', stopped, { once: true, signal: over.signal });
  const hint = setTimeout(() => {
    print(`         ${route.from} → ${route.to}: no answer yet; libvirt gives up after about 2 minutes`);
  }, QUIET);
  const findings = await move(name, { source, destination }, settings);
  clearTimeout(hint);
  const isAstray = findings.moved.kind === 'Done' && findings.arrived.kind !== 'Done';
  // The source first: when it can be removed there, its move is over.
  const left = await remove(name, isAstray ? [source, ...hosts] : [source, destination]);
  over.abort();
  const results = pairResult(route, { ...findings, left });
  // What was interrupted says nothing of the hosts, but what it leaves behind is told.
  return signal.aborted ? results.slice(1) : results;
}

async function move(
  name: string,
  { source, destination }: Pair,
  settings: LibvirtSettings,
): Promise<Omit<PairFindings, 'left'>> {
  const defined = await source.virsh.runWithFile(['define'], checkedDomain(name, settings), {
    deadline: READ_DEADLINE,
  });
  if (defined.kind !== 'Done') return { defined, moved: defined, arrived: defined };
  // Not ended by a signal: libvirt would go on with it.
  const moved = await source.virsh.run(moveDefinition(name, destination), { deadline: MOVE_DEADLINE });
  if (moved.kind !== 'Done') return { defined, moved, arrived: moved };
  const arrived = await destination.virsh.run(['domuuid', name], { deadline: READ_DEADLINE });
  return { defined, moved, arrived };
}

/** Removes a domain from hosts; resolves to those where it may be still. */
async function remove(name: string, hosts: readonly CheckedHost[]): Promise<string[]> {
  const left: string[] = [];
  for (const { node, virsh } of new Set(hosts)) {
    if (!(await isRemoved(name, virsh))) left.push(node);
  }
  return left;
}

async function isRemoved(name: string, virsh: Virsh): Promise<boolean> {
  for (let attempt = 1; attempt <= UNDEFINE_ATTEMPTS; attempt += 1) {
    const result = await virsh.run(undefineDomain(name), { deadline: UNDEFINE_DEADLINE });
    if (result.kind === 'Done') return true;
    const { kind } = failureOf(result, 'undefine');
    if (kind === 'NotFound' || kind === 'Unavailable') return kind === 'NotFound';
  }
  return false;
}
