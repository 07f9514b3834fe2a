import { join } from 'node:path';
import { cacheFolder } from '../../test/support/cache.mjs';
import { digest, type Recipe } from './recipe.ts';

const TARGET = join(cacheFolder('bench'), 'kube-rs-target');
const PEERS = join(import.meta.dirname, '..', 'peers');

export const controllerRuntime: Recipe = {
  name: 'controller-runtime',
  sources: join(PEERS, 'controller-runtime'),
  needs: 'Go 1.26 or newer',
  probe: { command: 'go', args: ['version'] },
  steps: (folder) => [
    {
      command: 'go',
      args: ['build', '-trimpath', '-mod=readonly', '-ldflags', '-s -w', '-o', join(folder, 'operator'), '.'],
      env: { CGO_ENABLED: '0', GOFLAGS: '' },
    },
  ],
  program: 'operator',
};

export const kubeRs: Recipe = {
  name: 'kube-rs',
  sources: join(PEERS, 'kube-rs'),
  needs: 'Rust 1.88 or newer with cargo, and a C compiler',
  probe: { command: 'cargo', args: ['--version'] },
  steps: (folder) => [
    {
      command: 'cargo',
      // The crates that it is made of are compiled once, whatever becomes of its own source.
      args: ['install', '--path', '.', '--locked', '--quiet', '--root', folder, '--target-dir', TARGET],
    },
  ],
  program: join('bin', 'bench-kube-rs'),
};

export const kopf: Recipe = {
  name: 'kopf',
  sources: join(PEERS, 'kopf'),
  needs: 'Python 3.10 or newer with venv and pip',
  probe: { command: 'python3', args: ['-c', 'import ensurepip, venv'] },
  steps: (folder) => [
    { command: 'python3', args: ['-m', 'venv', join(folder, 'venv')] },
    {
      command: join(folder, 'venv', 'bin', 'pip'),
      args: ['install', '--quiet', '--disable-pip-version-check', '-r', 'requirements.txt'],
    },
  ],
  program: join('venv', 'bin', 'kopf'),
};

const ROOT = join(import.meta.dirname, '..', '..');

/** As the image has it. */
export const medevac: Recipe = {
  name: 'medevac',
  sources: join(ROOT, 'src'),
  decidedBy: [join(ROOT, 'scripts', 'build.ts'), join(ROOT, 'package-lock.json')],
  needs: 'the packages of the checkout (npm ci)',
  probe: { command: process.execPath, args: ['--version'] },
  steps: (folder) => [
    {
      command: process.execPath,
      args: [join(ROOT, 'scripts', 'build.ts'), '--out', join(folder, 'dist')],
    },
    // Says that it is a module.
    { command: 'cp', args: [join(ROOT, 'package.json'), folder] },
  ],
  program: join('dist', 'main.js'),
};

/** Everything that is built; the others run as they are. */
export const RECIPES = [medevac, controllerRuntime, kubeRs, kopf] as const;

/** Digest of what all contenders are made of, wherever the checkout is. */
export function digestOfContenders(): string {
  return digest(digest('', medevac), { sources: PEERS });
}
