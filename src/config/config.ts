import { hostname } from 'node:os';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { UNRESCUE_DURING_MIGRATION } from '../domain/instance/admission.ts';
import { parseVersion } from '../domain/node/version.ts';
import { badSetting, ConfigError } from './config-error.ts';
import { OPERATOR_DRIVERS, SETTINGS, type SettingName } from './settings.ts';

function wholeNumber(least: number, most: number) {
  const error = `must be a whole number from ${least} to ${most}`;
  return z
    .string()
    .regex(/^[0-9]{1,9}$/, { error, abort: true })
    .transform(Number)
    .pipe(z.number().min(least, { error }).max(most, { error }));
}

/** A name that the API server takes for a namespace or a Service. */
const label = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'must be a name in small letters, digits and dashes');
/** Names with commas between, one at least. */
const labels = z
  .string()
  .transform((names) => names.split(','))
  .pipe(z.tuple([label], label));
const text = z.string().min(1, 'must not be empty');
const port = wholeNumber(0, 65_535);
const HOST = /^([A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*|[0-9A-Fa-f:.]+)$/;
const version = text.refine((given) => parseVersion(given) !== undefined, {
  error: 'must be a version, such as v1.6.0',
});

const Settings = z.object({
  kubeconfig: text.optional(),
  driver: z.enum(OPERATOR_DRIVERS).default('kubevirt'),
  namespace: label.default('medevac'),
  namespaces: labels.optional(),
  identity: text.default(hostname),
  leaderElect: z.stringbool().default(true),
  webhookPort: port.default(9443),
  webhookService: label.default('medevac-webhook'),
  webhookHosts: z
    .string()
    .transform((hosts) => hosts.split(',').filter((host) => host !== ''))
    .refine(
      (hosts) => hosts.every((host) => HOST.test(host)),
      'must be DNS names and IP addresses with commas between',
    )
    .default([]),
  webhookCertificates: text.optional(),
  unrescueDuringMigration: z.enum(UNRESCUE_DURING_MIGRATION).default('Refuse'),
  bindAddress: text.optional(),
  healthPort: port.default(8081),
  workers: wholeNumber(1, 256).default(8),
  minimumSource: version.optional(),
  minimumDestination: version.optional(),
  kubeVirtNamespace: label.default('kubevirt'),
  drainPerSource: wholeNumber(1, 1_000).default(2),
  drainPerCluster: wholeNumber(1, 1_000).default(5),
  drainPerDestination: wholeNumber(1, 1_000).default(2),
  drainKept: wholeNumber(1, 1_000).default(10),
  drainSearchSeconds: wholeNumber(1, 3_600).default(60),
  libvirtConfig: text.optional(),
  memoryPlacement: z.enum(['ByBackend', 'ByScheduler']).default('ByBackend'),
  anchorImage: text.default('registry.k8s.io/pause:3.10.1'),
  anchorPriorityClass: text.optional(),
  logLevel: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace']).default('info'),
} satisfies Record<SettingName, z.ZodType>);

export type Config = Readonly<ReturnType<typeof grouped>>;

/** The settings as the parts of the program take them. */
function grouped({
  webhookPort: port,
  webhookService: service,
  webhookHosts: extraHosts,
  webhookCertificates: certificateFolder,
  unrescueDuringMigration,
  minimumSource: source,
  minimumDestination: destination,
  drainPerSource: perSource,
  drainPerCluster: perCluster,
  drainPerDestination: perDestination,
  drainKept: kept,
  drainSearchSeconds: searchSeconds,
  anchorImage: image,
  anchorPriorityClass: priorityClass,
  ...settings
}: z.infer<typeof Settings>) {
  return {
    ...settings,
    webhooks: { port, service, extraHosts, certificateFolder, unrescueDuringMigration },
    minimumVersion: { source, destination },
    drain: { limits: { perSource, perCluster, perDestination }, kept, longestSearch: searchSeconds * 1_000 },
    anchors: { image, priorityClass },
  };
}

/** The configuration from flags, else from the environment, else the defaults. @throws ConfigError */
export function readConfig(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Config {
  const flags = readFlags(argv);
  const given = Object.fromEntries(
    Object.entries(SETTINGS).map(([name, { flag, variable }]) => [
      name,
      // A variable that is set to nothing is how manifests leave one out.
      flags[flag] ?? (environment[variable] === '' ? undefined : environment[variable]),
    ]),
  );
  const { success, data, error } = Settings.safeParse(given);
  if (!success) throw firstProblem(error);
  if (data.healthPort === data.webhookPort && data.healthPort !== 0) {
    throw badSetting(
      'healthPort',
      `port ${data.healthPort} is that of the webhooks, too. Choose another one`,
    );
  }
  if (data.driver === 'libvirt' && data.libvirtConfig === undefined) {
    throw badSetting('libvirtConfig', 'is needed by driver libvirt. Name the file with its hosts');
  }
  return Object.freeze(grouped(data));
}

function firstProblem({ issues: [issue] }: z.ZodError): ConfigError {
  const name = issue?.path[0] as SettingName;
  if (issue?.code === 'invalid_value') return badSetting(name, `must be one of ${issue.values.join(', ')}`);
  return badSetting(name, issue?.message ?? 'is not valid');
}

function readFlags(argv: readonly string[]): Record<string, string | undefined> {
  const options = Object.fromEntries(
    Object.values(SETTINGS).map(({ flag }) => [flag, { type: 'string' as const }]),
  );
  try {
    return parseArgs({ args: [...argv], options, strict: true }).values;
  } catch (error) {
    // Only the first sentence: the others advise on how to pass such an argument all the same.
    const { message } = error as { message: string };
    throw new ConfigError(message.split(/\n|\. /)[0]);
  }
}

/** The flags, one a line. */
export function usage(): string {
  return Object.values(SETTINGS)
    .map(({ flag, variable, help }) => `  --${flag.padEnd(28)} ${help} [${variable}]`)
    .join('\n');
}
