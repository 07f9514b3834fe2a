/**
 * Makes a clean checkout ready: the packages, then the control plane. Plain JavaScript without dependencies, because a
 * fresh machine runs it on Node 20 and before `npm ci`. Says what takes long; says nothing when all is there.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { provision } from '../test/control-plane/provision.mjs';

const root = join(import.meta.dirname, '..');

function say(message) {
  console.error(`setup: ${message}`);
}

function packagesIn(lockFile) {
  return JSON.parse(readFileSync(join(root, lockFile), 'utf8')).packages;
}

/** Whether node_modules holds what package-lock.json asks for: npm leaves a record of what it installed. */
function isInstalled() {
  const record = join('node_modules', '.package-lock.json');
  // The package `node` brings the program by an install script, which npm may have been told not to run.
  if (!existsSync(join(root, record)) || !existsSync(join(root, 'node_modules', '.bin', 'node')))
    return false;
  const wanted = packagesIn('package-lock.json');
  const installed = packagesIn(record);
  const paths = Object.keys(wanted).filter(
    (path) => path !== '' && (installed[path] || !wanted[path].optional),
  );
  return (
    paths.every((path) => installed[path]?.integrity === wanted[path].integrity) &&
    Object.keys(installed).every((path) => wanted[path])
  );
}

function installPackages() {
  if (isInstalled()) return;
  say('installing packages with npm ci (about a minute)');
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status, error } = spawnSync('npm', args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error(`npm ci failed${error ? `: ${error.message}` : ''}`);
  if (!isInstalled())
    throw new Error('npm ci left node_modules incomplete: are install scripts switched off?');
}

// An ordinary end, so that what was started is ended and locks are given back.
for (const [signal, code] of Object.entries({ SIGHUP: 129, SIGINT: 130, SIGTERM: 143 })) {
  process.once(signal, () => process.exit(code));
}

try {
  installPackages();
  await provision({ say });
} catch (error) {
  say(error.message);
  process.exitCode = 1;
}
