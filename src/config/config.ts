import { hostname } from 'node:os';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { DRIVERS } from '../api/instance.ts';
import { parseVersion } from '../domain/node/version.ts';

/** A setting: its flag, and the environment variable that stands in for it. */
const SETTINGS = {
  kubeconfig: {
    flag: 'kubeconfig',
    variable: 'KUBECONFIG',
    help: 'Kubeconfig file. Default: the pod’s service account.',
  },
  driver: {
    flag: 'driver',
    variable: 'MEDEVAC_DRIVER',
    help: `Driver of Instances that name none: ${DRIVERS.join(', ')}.`,
  },
  namespace: { flag: 'namespace', variable: 'POD_NAMESPACE', help: 'Namespace of the operator itself.' },
  identity: {
    flag: 'identity',
    variable: 'POD_NAME',
    help: 'Name of this replica in the Lease. Default: the host name.',
  },
  leaderElect: {
    flag: 'leader-elect',
    variable: 'MEDEVAC_LEADER_ELECT',
    help: 'true: only one replica acts.',
  },
  webhookPort: {
    flag: 'webhook-port',
    variable: 'MEDEVAC_WEBHOOK_PORT',
    help: 'Port of the webhooks; 0 takes a free one.',
  },
  webhookService: {
    flag: 'webhook-service',
    variable: 'MEDEVAC_WEBHOOK_SERVICE',
    help: 'Service in front of the webhooks.',
  },
  webhookHosts: {
    flag: 'webhook-hosts',
    variable: 'MEDEVAC_WEBHOOK_HOSTS',
    help: 'Further names in its certificate.',
  },
  bindAddress: {
    flag: 'bind-address',
    variable: 'MEDEVAC_BIND_ADDRESS',
    help: 'Address that webhooks and health listen on. Default: all.',
  },
  healthPort: { flag: 'health-port', variable: 'MEDEVAC_HEALTH_PORT', help: 'Port of /healthz and /readyz.' },
  workers: {
    flag: 'workers',
    variable: 'MEDEVAC_WORKERS',
    help: 'Objects of a kind that are reconciled at a time.',
  },
  minimumSource: {
    flag: 'minimum-source-version',
    variable: 'MEDEVAC_MINIMUM_SOURCE_VERSION',
    help: 'Oldest hypervisor that may send rescued VMs. Default: what the driver needs.',
  },
  minimumDestination: {
    flag: 'minimum-destination-version',
    variable: 'MEDEVAC_MINIMUM_DESTINATION_VERSION',
    help: 'Oldest hypervisor that may receive rescued VMs. Default: what the driver needs.',
  },
  kubeVirtNamespace: {
    flag: 'kubevirt-namespace',
    variable: 'MEDEVAC_KUBEVIRT_NAMESPACE',
    help: 'Namespace of KubeVirt’s own pods.',
  },
  logLevel: {
    flag: 'log-level',
    variable: 'MEDEVAC_LOG_LEVEL',
    help: 'fatal, error, warn, info, debug or trace.',
  },
} as const;

const version = z.string().refine((text) => parseVersion(text) !== undefined, {
  error: 'must be a version, such as v1.6.0',
});
const port = z.coerce.number().int().min(0).max(65_535);

const Settings = z.object({
  kubeconfig: z.string().min(1).optional(),
  driver: z.enum(DRIVERS).default('kubevirt'),
  namespace: z.string().min(1).default('medevac'),
  identity: z.string().min(1).default(hostname),
  leaderElect: z.stringbool().default(true),
  webhookPort: port.default(9443),
  webhookService: z.string().min(1).default('medevac-webhook'),
  webhookHosts: z
    .string()
    .transform((hosts) => hosts.split(',').filter((host) => host !== ''))
    .default([]),
  bindAddress: z.string().min(1).optional(),
  healthPort: port.default(8081),
  workers: z.coerce.number().int().min(1).max(256).default(8),
  minimumSource: version.optional(),
  minimumDestination: version.optional(),
  kubeVirtNamespace: z.string().min(1).default('kubevirt'),
  logLevel: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace']).default('info'),
} satisfies Record<keyof typeof SETTINGS, z.ZodType>);

export type Config = Readonly<ReturnType<typeof grouped>>;

/** The settings as the parts of the program take them. */
function grouped(given: z.infer<typeof Settings>) {
  const { webhookPort, webhookService, webhookHosts, minimumSource, minimumDestination, ...settings } = given;
  return {
    ...settings,
    webhooks: { port: webhookPort, service: webhookService, extraHosts: webhookHosts },
    minimumVersion: { source: minimumSource, destination: minimumDestination },
  };
}

/** A setting that can't be used; the message is one line that names it. */
export class ConfigError extends Error {}

/** The configuration from flags, else from the environment, else the defaults. @throws ConfigError */
export function readConfig(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Config {
  const flags = readFlags(argv);
  const given = Object.fromEntries(
    Object.entries(SETTINGS).map(([name, { flag, variable }]) => [
      name,
      flags[flag] ?? environment[variable],
    ]),
  );
  const { success, data, error } = Settings.safeParse(given);
  if (success) return Object.freeze(grouped(data));
  const [issue] = error.issues;
  const { flag, variable } = SETTINGS[issue?.path[0] as keyof typeof SETTINGS];
  throw new ConfigError(`--${flag} (or ${variable}): ${issue?.message ?? 'is not valid'}`);
}

function readFlags(argv: readonly string[]): Record<string, string | undefined> {
  const options = Object.fromEntries(
    Object.values(SETTINGS).map(({ flag }) => [flag, { type: 'string' as const }]),
  );
  try {
    return parseArgs({ args: [...argv], options, strict: true }).values;
  } catch (error) {
    const { message } = error as { message: string };
    throw new ConfigError(message.split('\n')[0]);
  }
}

/** The flags, one a line. */
export function usage(): string {
  return Object.values(SETTINGS)
    .map(({ flag, variable, help }) => `  --${flag.padEnd(28)} ${help} [${variable}]`)
    .join('\n');
}
