import type { Command, Flag } from '../../src/cli/command.ts';
import { COMMANDS } from '../../src/cli/commands.ts';
import { EXIT_CODE_MEANINGS, EXIT_CODES } from '../../src/cli/exit-codes.ts';
import { GLOBAL_FLAGS } from '../../src/cli/flags.ts';
import { table } from './markdown.ts';

const INTRODUCTION = `# kubectl medevac

<!-- Generated from src/cli by \`npm run generate\`; do not edit. -->

A kubectl plugin. It uses the kubeconfig and the rights of who types, and writes what a person asks for by hand: \`spec.rescue\` by
server-side apply as field manager \`medevac-cli\`, and LiveMigrations. What Git has set it leaves to Git.

## Installing

Node ≥ 22.22, which runs the sources as they are. From a checkout, after \`npm ci\`:

\`\`\`console
$ npm link                              # puts kubectl-medevac, and kubectl_complete-medevac for Tab, on the PATH
$ kubectl medevac list -A
NAMESPACE   NAME    STATE     NODE     RESCUED   MIGRATION   READY   AGE
team-a      web-1   Running   node-…   …
$ node src/cli/main.ts list -A          # the same without installing anything
NAMESPACE   NAME    STATE     NODE     RESCUED   MIGRATION   READY   AGE
team-a      web-1   Running   node-…   …
\`\`\`

In a pipe or a file there are no bars and nothing that only a terminal understands: results go to the standard output, all else,
a line for each phase, beside it.`;

/** docs/cli.md: every verb with its flags. */
export function cliReference(): string {
  return `${[
    INTRODUCTION,
    '',
    '## Exit codes',
    '',
    ...table(['Code', 'Meaning'], exitCodes()),
    '',
    '## Flags of every verb',
    '',
    ...flagTable(GLOBAL_FLAGS),
    ...COMMANDS.flatMap(section),
  ].join('\n')}\n`;
}

function exitCodes(): string[][] {
  const names = Object.keys(EXIT_CODES) as (keyof typeof EXIT_CODES)[];
  return names.map((name) => [String(EXIT_CODES[name]), EXIT_CODE_MEANINGS[name]]);
}

function section(command: Command): string[] {
  const { name, summary, details, flags, argument } = command;
  const words = argument === undefined ? '' : ` ${argument.name}${argument.several === undefined ? '' : '…'}`;
  return [
    '',
    `## ${name}`,
    '',
    `\`kubectl medevac ${name}${words}\``,
    '',
    summary,
    '',
    details,
    '',
    ...flagTable(flags),
  ];
}

function flagTable(flags: readonly Flag[]): string[] {
  return table(
    ['Flag', 'What'],
    flags.map(({ name, short, value, help }) => [
      `\`${short === undefined ? '' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}\``,
      help,
    ]),
  );
}
