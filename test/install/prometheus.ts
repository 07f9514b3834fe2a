/** Prometheus as Debian packages it, unpacked into the cache: never installed, so that no service is started. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { findFreePort } from '../control-plane/ports.ts';
import { cacheFolder } from '../support/cache.mjs';
import { withUnpacked } from '../support/debian-package.ts';
import { waitFor } from '../support/wait.ts';

const PROGRAMS = ['prometheus', 'promtool'] as const;

/** Path of a program of the package. */
export function programOf(name: (typeof PROGRAMS)[number]): string {
  return join(cacheFolder('prometheus'), name);
}

/** Half a sentence that says why Prometheus can't be run here; undefined: it can. */
export function missingForPrometheus(): string | undefined {
  const there = PROGRAMS.every((name) => existsSync(programOf(name)));
  return there ? undefined : 'Prometheus was not downloaded (npm run setup:install)';
}

/** Downloads Prometheus, if it is not there yet. @throws where it can not be had */
export async function providePrometheus(say: (what: string) => void): Promise<void> {
  if (missingForPrometheus() === undefined) return;
  say('downloading Prometheus with apt-get');
  const draft = `${cacheFolder('prometheus')}.draft-${process.pid}`;
  await mkdir(draft, { recursive: true });
  try {
    await withUnpacked('prometheus', async (unpacked) => {
      for (const name of PROGRAMS) await copyFile(join(unpacked, 'usr', 'bin', name), join(draft, name));
    });
    await rm(cacheFolder('prometheus'), { recursive: true, force: true });
    await rename(draft, cacheFolder('prometheus'));
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

export interface PrometheusOptions {
  /** `host:port` of what is scraped, as job `medevac`. */
  readonly targets: readonly string[];
  /** File with the rules. */
  readonly rules: string;
}

/** A value of an answer. */
interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [time: number, value: string];
}

/** A Prometheus that scrapes each second. */
export interface RunningPrometheus {
  /** @throws what Prometheus says of a query that it can't read */
  query(promql: string): Promise<readonly Sample[]>;
  /** Each rule that was loaded, and what went wrong with it. */
  rules(): Promise<
    readonly { readonly name: string; readonly health: string; readonly lastError?: string }[]
  >;
  stop(): Promise<void>;
}

export async function startPrometheus({ targets, rules }: PrometheusOptions): Promise<RunningPrometheus> {
  const folder = await mkdtemp(join(tmpdir(), 'medevac-prometheus-'));
  const port = await findFreePort();
  const every = { scrape_interval: '1s', evaluation_interval: '1s' };
  const scraped = { job_name: 'medevac', static_configs: [{ targets }] };
  const config = { global: every, rule_files: [rules], scrape_configs: [scraped] };
  await writeFile(join(folder, 'prometheus.yml'), stringify(config));
  const child = spawn(
    programOf('prometheus'),
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: 'ignore' },
  );
  // It must not outlive whoever started it, however that ends.
  const end = () => child.kill('SIGKILL');
  process.once('exit', end);
  child.once('exit', () => process.removeListener('exit', end));
  const address = `http://127.0.0.1:${port}`;
  const stop = async () => {
    await ended(child);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await waitFor('Prometheus is ready', async () => (await fetch(`${address}/-/ready`)).ok, {
      timeoutMs: 20_000,
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    query: async (promql) => {
      const answer = await ask<{ result: Sample[] }>(
        `${address}/api/v1/query?query=${encodeURIComponent(promql)}`,
      );
      return answer.result;
    },
    rules: async () => {
      const { groups } = await ask<{
        groups: { rules: { name: string; health: string; lastError?: string }[] }[];
      }>(`${address}/api/v1/rules`);
      return groups.flatMap((group) => group.rules);
    },
    stop,
  };
}

async function ask<T>(url: string): Promise<T> {
  const answer = (await (await fetch(url)).json()) as { status: string; error?: string; data: T };
  if (answer.status !== 'success') throw new Error(answer.error);
  return answer.data;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}
