import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, symlink } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import packageJson from '../../package.json' with { type: 'json' };
import type { ControlPlane } from '../control-plane/control-plane.ts';
import type { Printed } from './kubectl.ts';
import { waitFor } from './wait.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface PluginOptions {
  /** Default `admin`. */
  readonly user?: string;
  /** In place of the user's. */
  readonly kubeconfig?: string;
}

/** A plugin that runs until it is stopped, as with `-w`. */
export interface RunningPlugin {
  /** Resolves when the output so far matches. */
  printed(pattern: RegExp): Promise<void>;
  /** Ends it as Ctrl-C does. */
  interrupt(): Promise<Printed>;
}

/** `kubectl medevac` as a user has it: kubectl finds the plugin in a folder on the PATH. */
export class Plugin {
  readonly #controlPlane: ControlPlane;
  readonly #folder: string;

  private constructor(controlPlane: ControlPlane, folder: string) {
    this.#controlPlane = controlPlane;
    this.#folder = folder;
  }

  /** Links the bins of package.json into a folder, as `npm link` does; it is gone with the control plane. */
  static async install(controlPlane: ControlPlane): Promise<Plugin> {
    const folder = join(controlPlane.folder, 'bin');
    await mkdir(folder);
    for (const [name, path] of Object.entries(packageJson.bin)) {
      await symlink(join(ROOT, path), join(folder, name));
    }
    return new Plugin(controlPlane, folder);
  }

  /** Runs `kubectl medevac` with some words, its output in a pipe; resolves also where it fails. */
  async run(args: readonly string[], options: PluginOptions = {}): Promise<Printed> {
    return this.kubectl(['medevac', ...args], options);
  }

  /** Runs kubectl with the plugin on its PATH. */
  async kubectl(args: readonly string[], options: PluginOptions = {}): Promise<Printed> {
    return ended(await this.#spawn(args, options));
  }

  async start(args: readonly string[], options: PluginOptions = {}): Promise<RunningPlugin> {
    const child = await this.#spawn(['medevac', ...args], options);
    let output = '';
    child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const printed = ended(child);
    return {
      printed: async (pattern) => {
        await waitFor(`${String(pattern)} is printed`, () => pattern.test(output), { timeoutMs: 30_000 });
      },
      interrupt: () => {
        child.kill('SIGINT');
        return printed;
      },
    };
  }

  async #spawn(
    args: readonly string[],
    { user = 'admin', kubeconfig }: PluginOptions,
  ): Promise<ChildProcess> {
    const path = [this.#folder, dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter);
    const KUBECONFIG = kubeconfig ?? (await this.#controlPlane.kubeconfig(user));
    return spawn(this.#controlPlane.kubectl, args, {
      env: { ...process.env, PATH: path, KUBECONFIG, HOME: this.#controlPlane.folder },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }
}

async function ended(child: ChildProcess): Promise<Printed> {
  const code = Promise.withResolvers<number>();
  child.on('error', code.reject).on('close', (exitCode) => code.resolve(exitCode ?? 1));
  const read = async (stream: ChildProcess['stdout']) => (stream === null ? '' : text(stream));
  const [stdout, stderr] = await Promise.all([read(child.stdout), read(child.stderr)]);
  return { code: await code.promise, stdout, stderr };
}
