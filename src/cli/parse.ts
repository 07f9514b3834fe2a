import { parseArgs } from 'node:util';
import type { Command, Flag, Invocation } from './command.ts';
import { Complaint } from './complaint.ts';
import { GLOBAL_FLAGS } from './flags.ts';

/** What kubectl medevac was asked to do. */
export type Request =
  | { readonly kind: 'Help'; readonly command: Command | undefined }
  | { readonly kind: 'Run'; readonly command: Command; readonly invocation: Invocation };

export type Values = Record<string, string | boolean | (string | boolean)[] | undefined>;

const HELP: Request = { kind: 'Help', command: undefined };

/** Sorts the words behind `kubectl medevac`. Pure. @throws Complaint that says which word can't be used */
export function parseCommandLine(argv: readonly string[], commands: readonly Command[]): Request {
  const [verb, ...words] = argv;
  if (verb === undefined || verb === '--help' || verb === '-h') return HELP;
  const command = commandNamed(verb === 'help' ? words[0] : verb, commands);
  if (command === undefined) return HELP;
  if (verb === 'help') return { kind: 'Help', command };
  const { values, positionals } = read(words, command);
  if (values['help'] === true) return { kind: 'Help', command };
  refuseValues(values, command);
  return { kind: 'Run', command, invocation: invocationOf(values, namesOf(positionals, command)) };
}

function commandNamed(verb: string | undefined, commands: readonly Command[]): Command | undefined {
  const found = commands.find(({ name }) => name === verb);
  if (found !== undefined || verb === undefined) return found;
  throw usage(`there is no verb "${verb}"`, undefined);
}

/** One that tells how to learn more. */
function usage(what: string, command: Command | undefined): Complaint {
  const help = command === undefined ? '--help' : `${command.name} --help`;
  return new Complaint(`${what}. See kubectl medevac ${help}.`, 'usage');
}

function read(
  words: readonly string[],
  command: Command,
): { values: Values; positionals: readonly string[] } {
  const options = Object.fromEntries(
    [...GLOBAL_FLAGS, ...command.flags].map((flag) => [flag.name, optionOf(flag)]),
  );
  try {
    return parseArgs({ args: [...words], options, allowPositionals: true, strict: true });
  } catch (error) {
    // Only the first sentence: the others advise on how to pass such an argument all the same.
    const [sentence = ''] = (error as Error).message.split(/\n|\. /);
    throw usage(sentence.charAt(0).toLowerCase() + sentence.slice(1).replace(/\.$/, ''), command);
  }
}

function optionOf({ short, value, multiple }: Flag) {
  return {
    type: value === undefined ? ('boolean' as const) : ('string' as const),
    ...(short !== undefined && { short }),
    ...(multiple !== undefined && { multiple }),
  };
}

function namesOf(positionals: readonly string[], command: Command): readonly string[] {
  const { name, argument } = command;
  const [first, second] = positionals;
  if (argument === undefined) {
    if (first !== undefined) throw usage(`${name} takes no argument, but "${first}" was given`, command);
    return [];
  }
  if (first === undefined) throw usage(`${name} needs ${argument.name}`, command);
  if (second !== undefined && argument.several === undefined) {
    throw usage(`${name} takes one ${argument.name}, but "${second}" was given as well`, command);
  }
  return positionals;
}

function refuseValues(values: Values, command: Command): void {
  for (const { name, choices } of [...GLOBAL_FLAGS, ...command.flags]) {
    const value = values[name];
    if (value === '') throw usage(`--${name} needs a value`, command);
    if (choices !== undefined && value !== undefined && !choices.some((choice) => choice === value)) {
      throw usage(`--${name} must be one of ${choices.join(', ')}`, command);
    }
  }
}

/** Of words that are sorted already. */
export function invocationOf(values: Values, names: readonly string[]): Invocation {
  const texts = (flag: string) => [values[flag] ?? []].flat().filter((value) => typeof value === 'string');
  return {
    names,
    texts,
    text: (flag) => texts(flag)[0],
    has: (flag) => values[flag] === true,
  };
}
