import { buildPeers } from './build/build.ts';
import { digestOfContenders } from './build/recipes.ts';
import { CONTENDERS, PEER_NAMES } from './contenders/contenders.ts';
import type { Contender } from './contenders/contender.ts';
import { rotated } from './measure/statistics.ts';
import { readOptions, USAGE, type Options } from './options.ts';
import { briefOf } from './report/brief.ts';
import { keep, keptBefore } from './report/keep.ts';
import { describeMachine, runsOf, type BenchRecord } from './report/record.ts';
import { rowsOf, textTable } from './report/table.ts';
import { Phases } from './workloads/phases.ts';
import { measureMoves } from './workloads/moves.ts';
import { openSession } from './workloads/session.ts';
import type { RunResult, Workload } from './workloads/workload.ts';

function say(what: string): void {
  process.stderr.write(`bench: ${what}\n`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What goes on without an operator, too. */
function isDoneAlone(workload: Workload): boolean {
  return workload === 'latency' || workload === 'create';
}

/** Undefined stands for the run without an operator. */
async function runOne(contender: Contender | undefined, run: number, options: Options): Promise<RunResult> {
  const name = contender?.name ?? 'none';
  const session = await openSession({ contender, peers: PEER_NAMES, backend: 'Brief' });
  try {
    const tell = (what: string) => say(`run ${run + 1}, ${name}: ${what}`);
    const plan =
      contender === undefined ? { ...options, workloads: options.workloads.filter(isDoneAlone) } : options;
    const phases = new Phases(session, plan, tell);
    const failed = await phases.run().then(() => undefined, messageOf);
    if (failed !== undefined) tell(`the rest is left out: ${failed}`);
    return { contender: name, run, phases: phases.phases, ...(failed !== undefined && { failed }) };
  } finally {
    await session.close();
  }
}

/** Migrations and drains, in a session of their own. */
async function runMoves(contender: Contender, run: number, options: Options): Promise<RunResult | undefined> {
  const { workloads, scale } = options;
  if (!contender.moves || !(workloads.includes('migrate') || workloads.includes('drain'))) return undefined;
  const tell = (what: string) => say(`run ${run + 1}, ${contender.name}: ${what}`);
  return {
    contender: contender.name,
    run,
    phases: await measureMoves({ contender, workloads, scale, say: tell }),
  };
}

/** One that fails is said, and does not take hours of measuring with it. */
async function unlessItFails(
  what: string,
  work: () => Promise<RunResult | undefined>,
): Promise<readonly RunResult[]> {
  try {
    const result = await work();
    return result === undefined ? [] : [result];
  } catch (error) {
    say(`${what} failed: ${messageOf(error)}`);
    return [];
  }
}

async function bench(options: Options): Promise<BenchRecord> {
  await buildPeers(say);
  const chosen = CONTENDERS.filter(({ name }) => options.contenders.includes(name));
  const missing = chosen.flatMap((contender) => {
    const why = contender.missing();
    return why === undefined ? [] : [{ name: contender.name, why }];
  });
  for (const { name, why } of missing) say(`without ${name}: ${why}`);
  const present = chosen.filter((contender) => contender.missing() === undefined);
  const { output: _, keep: isKept, resume, ...settings } = options;
  const contenders = present.map(({ name, madeWith }) => ({ name, madeWith }));
  const about = {
    at: new Date().toISOString(),
    machine: describeMachine(),
    sources: digestOfContenders(),
    options: settings,
    contenders,
    missing,
  };
  const before = resume ? await keptBefore(about) : { results: [] };
  const results = [...before.results];
  const record = { ...about, ...before, results };
  for (let run = runsOf(before); run < options.runs; run += 1) {
    for (const contender of rotated([undefined, ...present], run)) {
      const what = `run ${run + 1} of ${contender?.name ?? 'none'}`;
      results.push(...(await unlessItFails(what, () => runOne(contender, run, options))));
    }
    for (const contender of present) {
      const what = `run ${run + 1} of ${contender.name} with migrations`;
      results.push(...(await unlessItFails(what, () => runMoves(contender, run, options))));
    }
    if (isKept) await keep(record, say);
  }
  return record;
}

const options = readOptions(process.argv.slice(2));
if (options === 'help') {
  process.stdout.write(`${USAGE}\n`);
} else {
  const record = await bench(options);
  const names = record.contenders.map(({ name }) => name);
  const text = textTable(rowsOf(record.results, names), names);
  process.stdout.write(
    options.output === 'json' ? `${JSON.stringify(briefOf(record.results), undefined, 2)}\n` : `${text}\n`,
  );
}
