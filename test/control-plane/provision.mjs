/**
 * Finds the programs of the real control plane: KUBEBUILDER_ASSETS → the user's cache folder → the official envtest
 * archive → built with Go from the go.mod beside this file. Plain JavaScript without dependencies, because scripts/setup.mjs runs it on Node 20
 * before anything is installed.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import { delimiter, join } from 'node:path';
import { clearInterval, setInterval } from 'node:timers';
import { cacheFolder, underLock } from '../support/cache.mjs';
import { ENVTEST, fetchEnvtest } from './envtest.mjs';

const KUBERNETES_VERSION = '1.37.2';

/** Name of each program → its main package. In the order of building: what needs no more than the first two can start early. */
const PACKAGES = {
  etcd: 'go.etcd.io/etcd/server/v3',
  'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
  kubectl: 'k8s.io/kubernetes/cmd/kubectl',
  'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
  'kube-scheduler': 'k8s.io/kubernetes/cmd/kube-scheduler',
};

/** What every test and the demo need; the envtest archives hold just these. */
export const REQUIRED_PROGRAMS = ['etcd', 'kube-apiserver', 'kubectl'];
export const ALL_PROGRAMS = Object.keys(PACKAGES);

// The API server refuses to start without a version of its own, and kubectl compares its version with the server's.
const LINKER_FLAGS = [
  '-s -w',
  `-X k8s.io/component-base/version.gitVersion=v${KUBERNETES_VERSION}`,
  `-X k8s.io/component-base/version.gitMajor=${KUBERNETES_VERSION.split('.')[0]}`,
  `-X k8s.io/component-base/version.gitMinor=${KUBERNETES_VERSION.split('.')[1]}`,
  '-X k8s.io/component-base/version.gitTreeState=clean',
  `-X k8s.io/client-go/pkg/version.gitVersion=v${KUBERNETES_VERSION}`,
].join(' ');
const BUILD_FLAGS = ['-trimpath', '-mod=readonly', '-ldflags', LINKER_FLAGS];

const PROGRESS_MS = 15_000;

function envtestFolder(env, envtest) {
  return join(cacheFolder('control-plane', env), `envtest-${envtest.version}`);
}

/** The folder that built programs are kept in: one for each set of versions, flags and platform. */
export function builtFolder(env = process.env) {
  const hash = createHash('sha256');
  for (const file of ['go.mod', 'go.sum']) hash.update(readFileSync(join(import.meta.dirname, file)));
  hash.update(JSON.stringify([PACKAGES, BUILD_FLAGS, platform(), arch()]));
  return join(cacheFolder('control-plane', env), hash.digest('hex').slice(0, 16));
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Path of a program that is there already, or undefined. Nothing is fetched or built. */
export function findProgram(name, { env = process.env, envtest = ENVTEST } = {}) {
  const folders = [builtFolder(env), envtestFolder(env, envtest)];
  if (env.KUBEBUILDER_ASSETS) folders.unshift(env.KUBEBUILDER_ASSETS);
  return folders.map((folder) => join(folder, name)).find(isProgram);
}

/**
 * Any kubectl will do where there is no better one. No other program is taken from PATH: a server of unknown version is
 * nothing to test against.
 */
function findOnPath(name, env) {
  if (name !== 'kubectl') return undefined;
  return (env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find(isProgram);
}

function missingSentence(names, why) {
  return (
    `The control plane needs ${names.join(', ')}, and ${why}: install Go 1.26 or newer and run \`node scripts/setup.mjs\`, ` +
    `or set KUBEBUILDER_ASSETS to a folder that holds ${REQUIRED_PROGRAMS.join(', ')} of Kubernetes ${KUBERNETES_VERSION}.`
  );
}

/** Paths of programs that must be there already. Throws one sentence that says what to do. */
export function requirePrograms(names, env = process.env) {
  const paths = Object.fromEntries(
    names.map((name) => [name, findProgram(name, { env }) ?? findOnPath(name, env)]),
  );
  const missing = names.filter((name) => !paths[name]);
  if (missing.length > 0) throw new Error(missingSentence(missing, 'none was found'));
  return paths;
}

function elapsed(since) {
  const seconds = Math.round((Date.now() - since) / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** Runs a command; resolves to its exit code and the end of what it printed. It ends with this process. */
function run(command, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const collect = (chunk) => (output = (output + chunk).slice(-8_000));
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    const endChild = () => child.kill('SIGINT');
    process.once('exit', endChild);
    child.once('error', reject);
    child.once('close', (code) => {
      process.off('exit', endChild);
      resolve({ code, output });
    });
  });
}

async function buildProgram(name, folder, { say, env }) {
  const started = Date.now();
  const place = `${ALL_PROGRAMS.indexOf(name) + 1} of ${ALL_PROGRAMS.length}`;
  say(`building ${name} (${place}) with Go; the first time this takes minutes`);
  const ticker = setInterval(
    () => say(`building ${name} (${place}), ${elapsed(started)} so far`),
    PROGRESS_MS,
  );
  const unfinished = join(folder, `.${name}.${process.pid}`);
  try {
    const { code, output } = await run('go', ['build', ...BUILD_FLAGS, '-o', unfinished, PACKAGES[name]], {
      cwd: import.meta.dirname,
      env: { ...env, CGO_ENABLED: '0', GOFLAGS: '' },
    });
    if (code !== 0) throw new Error(`Building ${name} failed:\n${output.trim()}`);
    await rename(unfinished, join(folder, name));
    say(`built ${name} in ${elapsed(started)}`);
  } finally {
    clearInterval(ticker);
    await rm(unfinished, { force: true });
  }
}

async function hasGo(env) {
  try {
    return (await run('go', ['version'], { env })).code === 0;
  } catch {
    return false;
  }
}

async function tryEnvtest({ say, env, envtest }) {
  say(`fetching the envtest archive ${envtest.version}`);
  try {
    const folder = envtestFolder(env, envtest);
    if (!(await fetchEnvtest(folder, envtest))) say('there is no envtest archive for this platform');
  } catch (error) {
    say(`the envtest archive cannot be had (${error.cause?.code ?? error.cause?.message ?? error.message})`);
  }
}

/** Programs that are not among the required ones may be missing: this is told, and is no error. */
function goOnWithout(names, { say, env }) {
  const why = 'there is no Go to build them with';
  const required = names.filter((name) => REQUIRED_PROGRAMS.includes(name) && !findOnPath(name, env));
  if (required.length > 0) throw new Error(missingSentence(required, why));
  say(`going on without ${names.join(', ')}: ${why}, and tests that need them will fail`);
}

function missingOf({ programs, ...where }) {
  return programs.filter((name) => !findProgram(name, where));
}

async function provide(options) {
  if (missingOf(options).some((name) => REQUIRED_PROGRAMS.includes(name))) await tryEnvtest(options);
  const missing = missingOf(options);
  if (missing.length === 0) return;
  if (!(await hasGo(options.env))) return goOnWithout(missing, options);
  const folder = builtFolder(options.env);
  await mkdir(folder, { recursive: true });
  for (const name of missing) await buildProgram(name, folder, options);
}

/** Makes sure that the programs are there: fetches or builds what is missing. `say` is told each step that takes long. */
export async function provision({ programs = ALL_PROGRAMS, say, env = process.env, envtest = ENVTEST }) {
  const options = { programs, say, env, envtest };
  if (missingOf(options).length === 0) return;
  const wait = () => say('another process is fetching or building the control plane: waiting for it');
  await underLock(cacheFolder('control-plane', env), wait, () => provide(options));
}
