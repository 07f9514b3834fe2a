import type { Argument, Command, Flag } from './command.ts';
import { EXIT_CODE_MEANINGS, EXIT_CODES } from './exit-codes.ts';
import { GLOBAL_FLAGS } from './flags.ts';

/** `kubectl medevac rescue NAME [flags]`. */
function synopsis({ name, argument }: Command): string {
  const words = argument === undefined ? [] : [argumentWords(argument)];
  return ['kubectl medevac', name, ...words, '[flags]'].join(' ');
}

function argumentWords({ name, several }: Argument): string {
  return several === undefined ? name : `${name}…`;
}

/** `-n, --namespace NAMESPACE`. */
function flagWords({ name, short, value }: Flag): string {
  return `${short === undefined ? '' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`;
}

/** Help of the plugin, or of one of its verbs. */
export function usageText(command: Command | undefined, commands: readonly Command[]): string {
  if (command === undefined) return pluginUsage(commands);
  return [
    command.summary,
    '',
    command.details,
    '',
    `Usage: ${synopsis(command)}`,
    '',
    'Flags:',
    ...table(command.flags.map((flag) => [flagWords(flag), flag.help])),
    '',
    'Flags of every verb:',
    ...table(GLOBAL_FLAGS.map((flag) => [flagWords(flag), flag.help])),
    '',
  ].join('\n');
}

function pluginUsage(commands: readonly Command[]): string {
  return [
    'Rescues virtual machines, live-migrates them while they are rescued, and brings them back.',
    '',
    'Usage: kubectl medevac VERB [flags]',
    '',
    'Verbs:',
    ...table(commands.map(({ name, summary }) => [name, summary])),
    '',
    'Exit codes:',
    ...table(exitCodes()),
    '',
    'kubectl medevac VERB --help says more of each.',
    '',
  ].join('\n');
}

/** Each exit code and what it means. */
function exitCodes(): [string, string][] {
  return Object.entries(EXIT_CODES).map(([name, code]) => [
    String(code),
    EXIT_CODE_MEANINGS[name as keyof typeof EXIT_CODES],
  ]);
}

function table(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(0, ...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
