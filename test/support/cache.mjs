/** What is fetched or built once and kept in the user's cache folder. Plain JavaScript: scripts/setup.mjs runs it before `npm ci`. */
import { rmSync } from 'node:fs';
import { mkdir, open, rm, stat, utimes } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { clearInterval, setInterval } from 'node:timers';
import { setTimeout as delay } from 'node:timers/promises';

const LOCK_HEARTBEAT_MS = 5_000;
const LOCK_STALE_MS = 30_000;

/** The folder of a part of the project, below `$XDG_CACHE_HOME` or `~/.cache`. */
export function cacheFolder(part, env = process.env) {
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'medevac', part);
}

async function lockAge(path) {
  try {
    return Date.now() - (await stat(path)).mtimeMs;
  } catch {
    return undefined;
  }
}

async function tryLock(path) {
  try {
    await (await open(path, 'wx')).close();
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Runs `work` while no other process does in that folder, which is made; `wait` is told once when another one is at it.
 * A lock counts while its file is touched, so that who was killed holds nobody up. What is made must be renamed into
 * place whole: should two ever work at once, that costs time and nothing else.
 */
export async function underLock(folder, wait, work) {
  await mkdir(folder, { recursive: true });
  const path = join(folder, '.lock');
  let told = false;
  while (!(await tryLock(path))) {
    if ((await lockAge(path)) > LOCK_STALE_MS) await rm(path, { force: true });
    else {
      if (!told) wait();
      told = true;
      await delay(1_000);
    }
  }
  const heartbeat = setInterval(
    () => utimes(path, new Date(), new Date()).catch(() => undefined),
    LOCK_HEARTBEAT_MS,
  );
  const unlock = () => rmSync(path, { force: true });
  process.once('exit', unlock);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    process.off('exit', unlock);
    unlock();
  }
}
