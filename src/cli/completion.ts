import type { Candidates, Command, Flag, Invocation } from './command.ts';
import { GLOBAL_FLAGS } from './flags.ts';
import { invocationOf, type Values } from './parse.ts';

/** What may stand in place of the last word of a command line. */
export type Completion =
  /** Words that are known here, each with what it is. */
  | { readonly kind: 'Words'; readonly words: readonly (readonly [word: string, help: string])[] }
  /** Names that the cluster or the kubeconfig knows. */
  | { readonly kind: 'Names'; readonly of: Candidates; readonly invocation: Invocation };

const NOTHING: Completion = { kind: 'Words', words: [] };

/** Completes the last of the words behind `kubectl medevac`, which may be empty. Pure; never fails. */
export function complete(argv: readonly string[], commands: readonly Command[]): Completion {
  const word = argv.at(-1) ?? '';
  const [verb, ...before] = argv.slice(0, -1);
  if (verb === undefined) return wordsOf(commands.map(({ name, summary }) => [name, summary]));
  const command = commands.find(({ name }) => name === verb);
  return command === undefined ? NOTHING : completeFor(command, before, word);
}

function completeFor(command: Command, before: readonly string[], word: string): Completion {
  const flags = [...GLOBAL_FLAGS, ...command.flags];
  const { values, names, open } = sort(before, flags);
  const invocation = invocationOf(values, names);
  if (open !== undefined) return valuesOf(open, invocation);
  if (word.startsWith('-')) return wordsOf(flags.map(({ name, help }) => [`--${name}`, help]));
  const { argument } = command;
  const wanted = argument !== undefined && (argument.several !== undefined || names.length === 0);
  return wanted ? { kind: 'Names', of: argument.completes, invocation } : NOTHING;
}

function wordsOf(words: readonly (readonly [string, string])[]): Completion {
  return { kind: 'Words', words };
}

function valuesOf({ choices = [], completes }: Flag, invocation: Invocation): Completion {
  if (completes !== undefined) return { kind: 'Names', of: completes, invocation };
  return wordsOf(choices.map((choice) => [choice, '']));
}

interface Sorted {
  readonly values: Values;
  readonly names: readonly string[];
  /** The flag whose value comes next. */
  readonly open: Flag | undefined;
}

/** Leniently: what is being typed need not be right yet. */
function sort(words: readonly string[], flags: readonly Flag[]): Sorted {
  const values: Values = {};
  const names: string[] = [];
  let open: Flag | undefined;
  for (const word of words) {
    if (open !== undefined) {
      values[open.name] = word;
      open = undefined;
    } else if (word.startsWith('-')) {
      open = takeFlag(word, flags, values);
    } else {
      names.push(word);
    }
  }
  return { values, names, open };
}

/** Notes a flag; gives it back where its value is the next word. */
function takeFlag(word: string, flags: readonly Flag[], values: Values): Flag | undefined {
  const [, name = '', value] = /^--?([a-zA-Z-]+)(?:=(.*))?$/.exec(word) ?? [];
  const flag = flags.find((one) => one.name === name || one.short === name);
  if (flag === undefined) return undefined;
  if (flag.value !== undefined && value === undefined) return flag;
  values[flag.name] = value ?? true;
  return undefined;
}
