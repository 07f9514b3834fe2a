import { COMMANDS } from './commands.ts';
import { complete } from './completion.ts';

/** As kubectl reads it from a plugin: what follows is no file. */
const NO_FILES = ':4';
/** Longer than that nobody waits for a press of Tab. Milliseconds. */
const PATIENCE = 3_000;

/** Prints what the last word may be, as `kubectl_complete-medevac` is asked by kubectl. Nothing where that can't be known. */
export async function printCompletion(argv: readonly string[]): Promise<void> {
  const word = argv.at(-1) ?? '';
  const candidates = await candidatesFor(argv).catch(() => []);
  const fitting = candidates.filter(([candidate]) => candidate.startsWith(word));
  const lines = fitting.map(([candidate, help]) => (help === '' ? candidate : `${candidate}\t${help}`));
  process.stdout.write(`${[...lines, NO_FILES].join('\n')}\n`);
}

async function candidatesFor(argv: readonly string[]): Promise<(readonly [string, string])[]> {
  const completion = complete(argv, COMMANDS);
  if (completion.kind === 'Words') return [...completion.words];
  // Lazily: most words need no cluster.
  const { namesFor } = await import('./names.ts');
  const silent = { print: () => undefined, tell: () => undefined, show: undefined };
  const parts = { terminal: silent, signal: AbortSignal.timeout(PATIENCE) };
  return (await namesFor(completion.of, completion.invocation, parts)).map((name) => [name, '']);
}
