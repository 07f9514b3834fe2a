import fc from 'fast-check';
import type { Wanted } from './command.ts';
import { COMMANDS, NAMES } from './commands.ts';
import { unfinished } from './converged.ts';
import { Ground } from './ground.ts';

export interface Sequences {
  readonly seed: number;
  readonly runs: number;
  readonly length: number;
  /** Of a failure, as fast-check prints it: begins with the shrunk one. */
  readonly path?: string;
  /** Name of the mutant; absent: all is right. */
  readonly mutant?: string;
}

export interface Played {
  readonly sequences: number;
  readonly milliseconds: number;
  /** The shortest sequence that was found to break something, and what; `undefined`: none. */
  readonly wrong: string | undefined;
}

/** By then all leases are over, and everything was tried again. Milliseconds. */
const SETTLING = 3 * 3_600_000;
/** Enough for a resync of everything. Milliseconds. */
const IDLE = 600_000;

/** Plays random sequences of all that can be done, and brings each to rest. */
export async function play({ seed, runs, length, path, mutant }: Sequences): Promise<Played> {
  const begun = performance.now();
  let sequences = 0;
  const property = fc.asyncProperty(
    fc.commands([...COMMANDS], { maxCommands: length, size: 'max' }),
    async (commands) => {
      sequences += 1;
      const ground = new Ground(mutant);
      const wanted: Wanted = new Map();
      await fc.asyncModelRun(() => ({ model: wanted, real: ground }), commands);
      await comeToRest(ground);
      await ground.cluster.close();
    },
  );
  const options = {
    seed,
    numRuns: runs,
    interruptAfterTimeLimit: 600_000,
    ...(path !== undefined && { path }),
  };
  const details = await fc.check(property, options);
  const wrong = details.failed
    ? `${String(details.errorInstance)}\n${fc.defaultReportMessage(details) ?? ''}`
    : undefined;
  return { sequences, milliseconds: Math.round(performance.now() - begun), wrong };
}

/** @throws where a rule is broken, something is not as asked in the end, or is written again and again */
async function comeToRest(ground: Ground): Promise<void> {
  ground.heal();
  await ground.pass(SETTLING);
  none(ground.wrong());
  none(unfinished(ground, NAMES));
  const { api, operator } = ground.cluster;
  const before = api.writes;
  operator.restart();
  await ground.pass(IDLE);
  none(ground.wrong());
  if (api.writes !== before) throw new Error('what has converged is written again');
}

function none(found: readonly string[]): void {
  if (found.length > 0) throw new Error(found.join('; '));
}
