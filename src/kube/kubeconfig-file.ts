import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod';

/** Fields that we use; others are left alone, as kubectl does. */
const Cluster = z.object({
  server: z.string().default(''),
  'certificate-authority': z.string().optional(),
  'certificate-authority-data': z.string().optional(),
  'insecure-skip-tls-verify': z.boolean().optional(),
  'tls-server-name': z.string().optional(),
  'proxy-url': z.string().optional(),
});
export type Cluster = z.infer<typeof Cluster>;

const Exec = z.object({
  apiVersion: z.string(),
  command: z.string(),
  args: z.array(z.string()).nullish(),
  env: z.array(z.object({ name: z.string(), value: z.string() })).nullish(),
  installHint: z.string().optional(),
  interactiveMode: z.enum(['Never', 'IfAvailable', 'Always']).default('IfAvailable'),
  provideClusterInfo: z.boolean().optional(),
});
export type Exec = z.infer<typeof Exec>;

const User = z.object({
  token: z.string().optional(),
  tokenFile: z.string().optional(),
  'client-certificate': z.string().optional(),
  'client-certificate-data': z.string().optional(),
  'client-key': z.string().optional(),
  'client-key-data': z.string().optional(),
  username: z.string().optional(),
  password: z.string().optional(),
  as: z.string().optional(),
  'as-uid': z.string().optional(),
  'as-groups': z.array(z.string()).nullish(),
  exec: Exec.nullish(),
  'auth-provider': z.unknown().optional(),
});
export type User = z.infer<typeof User>;

const Context = z.object({ cluster: z.string(), user: z.string(), namespace: z.string().optional() });

const File = z.object({
  'current-context': z.string().nullish(),
  clusters: z.array(z.object({ name: z.string(), cluster: Cluster })).nullish(),
  users: z.array(z.object({ name: z.string(), user: User.nullish() })).nullish(),
  contexts: z.array(z.object({ name: z.string(), context: Context })).nullish(),
});
type File = z.infer<typeof File>;

/** What a context of kubeconfig files comes to. */
export interface Kubeconfig {
  readonly context: string;
  readonly namespace: string;
  readonly cluster: Cluster;
  readonly user: User;
}

/** Paths of the files that are read: those given, with the system's delimiter between, else kubectl's default. */
export function kubeconfigPaths(given: string | undefined): string[] {
  const paths = (given ?? '').split(delimiter).filter((path) => path !== '');
  return paths.length > 0 ? paths : [join(homedir(), '.kube', 'config')];
}

/**
 * Reads kubeconfig files as kubectl does: of several, the first to say something wins, and paths are those of its file.
 * @throws Error that says which file or context is missing
 */
export async function readKubeconfig(
  paths: readonly string[],
  wanted: string | undefined,
): Promise<Kubeconfig> {
  const read = await Promise.all(paths.map((path) => readOne(path, paths.length > 1)));
  const files = read.filter((file) => file !== undefined);
  const context = wanted ?? files.map((file) => file['current-context']).find(Boolean) ?? '';
  const chosen = files
    .flatMap(({ contexts }) => contexts ?? [])
    .find(({ name }) => name === context)?.context;
  const cluster = files
    .flatMap(({ clusters }) => clusters ?? [])
    .find(({ name }) => name === chosen?.cluster)?.cluster;
  if (chosen === undefined || cluster === undefined) {
    throw new Error(`kubeconfig has no context "${context}" with a cluster`);
  }
  const user = files.flatMap(({ users }) => users ?? []).find(({ name }) => name === chosen.user)?.user;
  return { context, namespace: chosen.namespace ?? 'default', cluster, user: user ?? {} };
}

/** Names of all contexts. */
export async function contextNames(paths: readonly string[]): Promise<string[]> {
  const files = await Promise.all(paths.map((path) => readOne(path, true)));
  return files.flatMap((file) => file?.contexts ?? []).map(({ name }) => name);
}

/** Of several files any may be missing. */
async function readOne(path: string, mayBeMissing: boolean): Promise<File | undefined> {
  try {
    const file = File.safeParse(parse(await readFile(path, 'utf8')) ?? {});
    if (!file.success) throw new Error(z.prettifyError(file.error).split('\n')[0]);
    return withAbsolutePaths(file.data, resolve(dirname(path)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      throw new Error(`kubeconfig ${path} can't be read: ${firstLine(error)}`, { cause: error });
    }
    if (mayBeMissing) return undefined;
    throw new Error(`found no kubeconfig at ${path}: give a path, or set KUBECONFIG`, { cause: error });
  }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}

function withAbsolutePaths({ clusters, users, ...file }: File, folder: string): File {
  return {
    ...file,
    clusters: clusters?.map(({ name, cluster }) => ({
      name,
      cluster: absolute(cluster, ['certificate-authority'], folder),
    })),
    users: users?.map(({ name, user }) => ({ name, user: user && userIn(user, folder) })),
  };
}

/** A command with a slash is a path, one without is looked for. */
function userIn(user: User, folder: string): User {
  const { exec } = user;
  const files = absolute(user, ['client-certificate', 'client-key', 'tokenFile'], folder);
  return exec?.command.includes('/') === true
    ? { ...files, exec: absolute(exec, ['command'], folder) }
    : files;
}

function absolute<T extends object>(object: T, fields: readonly (keyof T)[], folder: string): T {
  const changed = { ...object };
  for (const field of fields) {
    const value = changed[field];
    if (typeof value === 'string' && value !== '' && !isAbsolute(value)) {
      Object.assign(changed, { [field]: join(folder, value) });
    }
  }
  return changed;
}
