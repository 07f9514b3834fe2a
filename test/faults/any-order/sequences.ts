import fc from 'fast-check';
import type { AuditEvent } from '../../control-plane/audit-log.ts';
import { aRescue } from '../../builders/instance.ts';
import { OPERATOR_USER } from '../../support/installed-control-plane.ts';
import type { Wanted } from '../../unit/controllers/any-order/command.ts';
import { DOING } from '../../unit/controllers/any-order/users.ts';
import { ordersUnderLock } from '../stories/safety.ts';
import { COMMANDS, settled } from './commands.ts';
import { unfinished } from './converged.ts';
import { Ground, NAMES, type Site } from './ground.ts';
import type { Lane } from './lane.ts';

/** Commands of a sequence as it is drawn; what a failure is shrunk to may be shorter. */
const SHORTEST = 10;
const LONGEST = 24;
/** Nothing has been seen for so long: no more will come. Milliseconds. */
const LULL = 700;
/** A shrunk sequence is the shortest that was found by then. Milliseconds. */
const SHRINKING = 600_000;

export interface Sequences {
  /** No others in the cluster have it. */
  readonly name: string;
  readonly seed: number;
  readonly numbers: readonly number[];
  /** How long all may take to become as asked. Milliseconds. */
  readonly convergence: number;
  /** Whether a sequence that fails is repeated with fewer and fewer commands, instead of only told. */
  readonly shrinks: boolean;
}

/** Plays sequences, one at a time in each lane, and says what was wrong with which. */
export async function play(site: Site, lanes: readonly Lane[], sequences: Sequences): Promise<string[]> {
  /** Whose namespaces are. */
  const namespaces = new Map<string, number>();
  const wrong: string[] = [];
  const numbers = sequences.numbers.values();
  const perpetual = async (lane: Lane) => {
    for (const number of numbers) {
      const found = await playOne(number, { site, lane, sequences, namespaces });
      if (found === undefined) continue;
      const what = `sequence ${number}: ${found}`;
      site.say(what);
      wrong.push(what);
    }
  };
  await Promise.all(lanes.map(perpetual));
  return [...wrong, ...forbiddenOrders(await site.stage.controlPlane.auditLog(), namespaces)];
}

interface Circumstances {
  readonly site: Site;
  readonly lane: Lane;
  readonly sequences: Sequences;
  readonly namespaces: Map<string, number>;
}

/** Draws a sequence by its number alone and plays it: what was wrong. */
async function playOne(
  number: number,
  { site, lane, sequences, namespaces }: Circumstances,
): Promise<string | undefined> {
  let tries = 0;
  const property = fc.asyncProperty(
    fc.commands([...COMMANDS], { maxCommands: LONGEST, size: 'max' }),
    async (commands) => {
      fc.pre(tries > 0 || [...commands].length >= SHORTEST);
      tries += 1;
      const ground = await Ground.enter(site, lane, `${sequences.name}-${number}-${tries}`);
      const wanted: Wanted = new Map();
      try {
        await begin(number, ground, wanted);
        await fc.asyncModelRun(() => ({ model: wanted, real: ground }), commands);
        await comeToRest(ground, wanted, sequences.convergence);
      } finally {
        namespaces.set(ground.namespace, number);
        await ground.healAll();
        await ground.leave();
      }
    },
  );
  const details = await fc.check(property, {
    seed: sequences.seed + number,
    numRuns: 1,
    endOnFailure: !sequences.shrinks,
    interruptAfterTimeLimit: SHRINKING,
  });
  return details.failed
    ? `${String(details.errorInstance)}\n${fc.defaultReportMessage(details) ?? ''}`
    : undefined;
}

/** Machines that run; in every other sequence one of them is rescued. */
async function begin(number: number, ground: Ground, wanted: Wanted): Promise<void> {
  for (const name of NAMES) await DOING.create({ kind: 'create', name }, ground, wanted);
  await settled(ground);
  if (number % 2 === 0) return;
  await DOING.rescue({ kind: 'rescue', name: NAMES[0], rescue: aRescue() }, ground, wanted);
  await settled(ground);
}

/** @throws where something is not as asked in the end, or is written again */
async function comeToRest(ground: Ground, wanted: Wanted, convergence: number): Promise<void> {
  const { witness, tally } = ground;
  await ground.healAll();
  const isDone = () => (unfinished(ground, wanted).length === 0 ? true : undefined);
  await witness.until('all is as asked', isDone, convergence).catch((error: unknown) => {
    throw new Error(`not within ${convergence / 1000} s: ${unfinished(ground, wanted).join('; ')}`, {
      cause: error,
    });
  });
  await witness.quiet(LULL);
  if (hasMoreToCome(ground)) tally.add('not looked at again, since more was to come');
  else await lookAgain(ground, wanted);
  const [wrong] = ground.wrong();
  if (wrong !== undefined) throw new Error(wrong);
}

/** A lease, or a drain that has ended, is written down when its time has come. */
function hasMoreToCome({ witness }: Ground): boolean {
  return witness.instances.some(
    ({ status }) => status?.evacuation !== undefined || status?.rescue?.expiresAt !== undefined,
  );
}

/** Rule 6: to reconcile what has converged writes nothing. */
async function lookAgain(ground: Ground, wanted: Wanted): Promise<void> {
  const before = ground.events.length;
  for (const name of wanted.keys()) await ground.touch(name);
  await ground.witness.quiet(LULL);
  const seen = ground.events.slice(before);
  if (seen.length > wanted.size) throw new Error(`what has converged is written again: ${seen.join(', ')}`);
}

/** Orders that were given while a migration held the lock. */
function forbiddenOrders(log: readonly AuditEvent[], namespaces: ReadonlyMap<string, number>): string[] {
  const byNamespace = Map.groupBy(log, ({ objectRef }) => objectRef?.namespace ?? '');
  return [...namespaces].flatMap(([namespace, number]) =>
    ordersUnderLock(byNamespace.get(namespace) ?? [], OPERATOR_USER).map(
      (order) => `sequence ${number}: ordered under the lock of a migration: ${order}`,
    ),
  );
}
