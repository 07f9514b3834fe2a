import fc from 'fast-check';
import type { AuditEvent } from '../../control-plane/audit-log.ts';
import { aRescue } from '../../builders/instance.ts';
import { requestsOf } from '../../support/evidence.ts';
import { OPERATOR_USER } from '../../support/installed-control-plane.ts';
import type { Wanted } from '../../unit/controllers/any-order/command.ts';
import { DOING } from '../../unit/controllers/any-order/users.ts';
import { ordersUnderLock } from '../stories/safety.ts';
import { COMMANDS, settled } from './commands.ts';
import { unfinished } from './converged.ts';
import { Ground, NAMES, type Site } from './ground.ts';
import type { Lane } from '../stories/lane.ts';

/** Commands of a sequence as it is drawn; what a failure is shrunk to may be shorter. */
const SHORTEST = 10;
/** Nothing has been seen for so long: no more will come. Milliseconds. */
const LULL = 700;
/** A shrunk sequence is the shortest that was found by then. Milliseconds. */
const SHRINKING = 600_000;

export interface Sequences {
  /** No others in the cluster have it. */
  readonly name: string;
  readonly seed: number;
  readonly numbers: readonly number[];
  /** Commands of each at the most. */
  readonly length: number;
  /** How long all may take to become as asked. Milliseconds. */
  readonly convergence: number;
  /** Whether a sequence that fails is repeated with fewer and fewer commands, instead of only told. */
  readonly shrinks: boolean;
}

/** What was done in a namespace, for the orders to be held against. */
interface Record {
  readonly number: number;
  /** When all had converged, and was looked at once more. */
  readonly atRest: Interval | undefined;
}

/** Milliseconds since the epoch. */
interface Interval {
  readonly since: number;
  readonly until: number;
}

/** Plays sequences, one at a time in each lane, and says what was wrong with which. */
export async function play(site: Site, lanes: readonly Lane[], sequences: Sequences): Promise<string[]> {
  const records = new Map<string, Record>();
  const wrong: string[] = [];
  const numbers = sequences.numbers.values();
  const perpetual = async (lane: Lane) => {
    for (const number of numbers) {
      const found = await playOne(number, { site, lane, sequences, records });
      if (found === undefined) continue;
      const what = `sequence ${number}: ${found}`;
      site.say(what);
      wrong.push(what);
    }
  };
  await Promise.all(lanes.map(perpetual));
  return [...wrong, ...forbiddenWrites(await site.stage.controlPlane.auditLog(), records)];
}

interface Circumstances {
  readonly site: Site;
  readonly lane: Lane;
  readonly sequences: Sequences;
  readonly records: Map<string, Record>;
}

/** Draws a sequence by its number alone and plays it: what was wrong. */
async function playOne(
  number: number,
  { site, lane, sequences, records }: Circumstances,
): Promise<string | undefined> {
  let tries = 0;
  const property = fc.asyncProperty(
    fc.commands([...COMMANDS], { maxCommands: sequences.length, size: 'max' }),
    async (commands) => {
      fc.pre(tries > 0 || [...commands].length >= SHORTEST);
      tries += 1;
      const ground = await Ground.enter(site, lane, `${sequences.name}-${number}-${tries}`);
      const wanted: Wanted = new Map();
      let atRest: Interval | undefined;
      try {
        await begin(number, ground, wanted);
        await fc.asyncModelRun(() => ({ model: wanted, real: ground }), commands);
        atRest = await comeToRest(ground, wanted, sequences.convergence);
      } finally {
        records.set(ground.namespace, { number, atRest });
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

/** Resolves when it was looked at again, if it was. @throws where something is not as asked in the end */
async function comeToRest(
  ground: Ground,
  wanted: Wanted,
  convergence: number,
): Promise<Interval | undefined> {
  const { witness, tally } = ground;
  await ground.healAll();
  const isDone = () => (unfinished(ground, wanted).length === 0 ? true : undefined);
  await witness.until('all is as asked', isDone, convergence).catch((error: unknown) => {
    throw new Error(`not within ${convergence / 1000} s: ${unfinished(ground, wanted).join('; ')}`, {
      cause: error,
    });
  });
  await witness.quiet(LULL);
  const atRest = hasMoreToCome(ground) ? undefined : await lookAgain(ground, wanted);
  if (atRest !== undefined) tally.add('looked at again when all was done');
  const [wrong] = ground.wrong();
  if (wrong !== undefined) throw new Error(wrong);
  return atRest;
}

/** A lease, or a drain that has ended, is written down when its time has come. */
function hasMoreToCome({ witness }: Ground): boolean {
  return witness.instances.some(
    ({ status }) => status?.evacuation !== undefined || status?.rescue?.expiresAt !== undefined,
  );
}

/** All that has converged is looked at once more; when that was. */
async function lookAgain(ground: Ground, wanted: Wanted): Promise<Interval> {
  const since = Date.now();
  for (const name of wanted.keys()) await ground.touch(name);
  await ground.witness.quiet(LULL);
  return { since, until: Date.now() };
}

/** What the operator should not have written: orders under the lock of a migration, and anything to what has converged (rule 6). */
function forbiddenWrites(log: readonly AuditEvent[], records: ReadonlyMap<string, Record>): string[] {
  const byNamespace = Map.groupBy(log, ({ objectRef }) => objectRef?.namespace ?? '');
  return [...records].flatMap(([namespace, { number, atRest }]) => {
    const own = byNamespace.get(namespace) ?? [];
    const again = atRest === undefined ? [] : requestsOf(own, { user: OPERATOR_USER, ...atRest });
    return [
      ...ordersUnderLock(own, OPERATOR_USER).map((order) => `under the lock of a migration: ${order}`),
      ...again.map(({ verb, requestURI }) => `when all had converged: ${verb} ${requestURI}`),
    ].map((what) => `sequence ${number}: ordered or written ${what}`);
  });
}
