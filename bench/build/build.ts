import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { cacheFolder, underLock } from '../../test/support/cache.mjs';
import { builtFolder, type BuildStep, type Recipe } from './recipe.ts';
import { RECIPES } from './recipes.ts';

type Say = (what: string) => void;

const PROGRESS_MS = 15_000;

/** Path of a peer's program, if it is built. */
export function programOf(recipe: Recipe): string | undefined {
  const path = join(builtFolder(recipe), recipe.program);
  return existsSync(path) ? path : undefined;
}

/** Builds the peers that are not built yet. What can't be had is said, and left out of the benchmark. */
export async function buildPeers(say: Say): Promise<void> {
  const missing = RECIPES.filter((recipe) => programOf(recipe) === undefined);
  if (missing.length === 0) return;
  const wait = () => say('another process is building the peers: waiting for it');
  await underLock(cacheFolder('bench'), wait, async () => {
    for (const recipe of missing) await provide(recipe, say);
  });
}

async function provide(recipe: Recipe, say: Say): Promise<void> {
  if (programOf(recipe) !== undefined) return;
  const { name, needs, probe, sources } = recipe;
  if (!(await succeeds(probe, sources))) {
    say(`going on without ${name}: it needs ${needs}`);
    return;
  }
  say(`building ${name}; the first time this takes minutes`);
  const started = performance.now();
  const seconds = () => Math.round((performance.now() - started) / 1_000);
  const ticker = setInterval(() => say(`building ${name}, ${seconds()} s so far`), PROGRESS_MS);
  try {
    await build(recipe);
    say(`built ${name} in ${seconds()} s`);
  } catch (error) {
    say(`going on without ${name}: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    clearInterval(ticker);
  }
}

/** Built in its place, because a venv knows where it is; a build that failed is removed. */
async function build(recipe: Recipe): Promise<void> {
  const folder = builtFolder(recipe);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  try {
    for (const step of recipe.steps(folder)) await run(step, recipe.sources);
  } catch (error) {
    await rename(folder, `${folder}-failed-${process.pid}`);
    await rm(`${folder}-failed-${process.pid}`, { recursive: true, force: true });
    throw error;
  }
}

async function succeeds(step: BuildStep, cwd: string): Promise<boolean> {
  return run(step, cwd).then(
    () => true,
    () => false,
  );
}

async function run({ command, args, env = {} }: BuildStep, cwd: string): Promise<void> {
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [[code], stderr] = await Promise.all([
    once(child, 'close') as Promise<[number | null]>,
    text(child.stderr),
  ]);
  if (code !== 0) throw new Error(`${command} failed: ${stderr.trim().slice(-2_000)}`);
}
