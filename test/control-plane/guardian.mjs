/**
 * Runs programs for a parent and never outlives it: when its stdin closes (also when the parent was killed), it kills
 * what it started, removes its folder and ends. Commands arrive as JSON lines on stdin, reports leave as JSON lines on
 * stdout. The parent starts it in a session of its own, so that Ctrl-C reaches the parent and not the programs.
 */
import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const folder = mkdtempSync(join(tmpdir(), 'medevac-control-plane-'));
const children = new Map();
let ending = false;

function report(message) {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

function start({ name, program, args, env, log }) {
  const output = openSync(log, 'a');
  const child = spawn(program, args, {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  children.set(name, child);
  const gone = (how) => {
    children.delete(name);
    if (!ending) report({ event: 'exited', name, how });
    else if (children.size === 0) leave();
  };
  child.once('error', (error) => gone(error.message));
  child.once('exit', (code, signal) => gone(signal ?? `exit code ${code}`));
  child.once('spawn', () => report({ event: 'started', name, pid: child.pid }));
}

function leave() {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  process.exit(0);
}

/** The data is of no further use, so nothing is asked to end in good order. */
function end() {
  if (ending) return;
  ending = true;
  if (children.size === 0) leave();
  for (const child of children.values()) child.kill('SIGKILL');
}

// A parent that is gone reads no more; the close of stdin says so as well.
process.stdout.on('error', end);
process.on('SIGTERM', end).on('SIGINT', end).on('SIGHUP', end);

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const command = JSON.parse(line);
    if (command.do === 'start') start(command);
    else children.get(command.name)?.kill(command.signal);
  })
  .on('close', end);

report({ event: 'ready', folder });
