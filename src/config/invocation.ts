import { readConfig, usage, type Config } from './config.ts';

const CHECK_HOSTS = 'check-hosts';

/** What the program is started for. */
export type Invocation =
  | { readonly kind: 'Help' }
  | { readonly kind: 'Run'; readonly config: Config }
  /** `nodes`: those that were named; none: all. */
  | { readonly kind: 'CheckHosts'; readonly config: Config; readonly nodes: readonly string[] };

/** Reads the command line: without a command the operator is run. @throws ConfigError */
export function readInvocation(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Invocation {
  if (argv.includes('--help')) return { kind: 'Help' };
  const [command, ...others] = argv;
  if (command !== CHECK_HOSTS) return { kind: 'Run', config: readConfig(argv, environment) };
  const firstFlag = others.findIndex((text) => text.startsWith('-'));
  const [nodes, flags] =
    firstFlag === -1 ? [others, []] : [others.slice(0, firstFlag), others.slice(firstFlag)];
  // Whatever the operator's driver is otherwise: only this one has hosts.
  const config = readConfig([...flags, '--driver=libvirt'], environment);
  return { kind: 'CheckHosts', config, nodes };
}

/** What `--help` prints. */
export function help(): string {
  return `Runs the operator, or with a command:

  ${`${CHECK_HOSTS} [NODE...]`.padEnd(30)} Checks that the libvirt hosts, or those of the nodes, answer, have their pools, and
  ${' '.repeat(30)} can be migrated between (docs/libvirt.md). Exit code 1: not all is well, 2: wrong settings.

Settings, each a flag or a variable:

${usage()}`;
}
