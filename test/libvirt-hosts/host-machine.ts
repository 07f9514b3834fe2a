import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { waitFor } from '../support/wait.ts';
import { commandEnvironment, hasEnded, run } from './commands.ts';
import { MOUNTS } from './host-files.ts';

const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 20_000;
const LOG_LINES_SHOWN = 15;

// Everything of a host happens below this shell: its mounts and its hostname end with the last process in there.
const HOLD = `
set -e
folder=$1; hostname "$2"; shift 2
for mount in "$@"; do mkdir -p "\${mount#*:}"; mount --bind "$folder/\${mount%%:*}" "\${mount#*:}"; done
mount -t tmpfs -o mode=755 tmpfs /run
echo ready
exec sleep infinity
`;

/** What the processes of one host run in, and the processes that are always there. */
export class HostMachine {
  readonly folder: string;
  readonly #name: string;
  readonly #holder: ChildProcess;
  #libvirtd: ChildProcess | undefined;

  private constructor(folder: string, name: string, holder: ChildProcess) {
    this.folder = folder;
    this.#name = name;
    this.#holder = holder;
  }

  /** Boots a host in a network namespace, from files that are there (host-files.ts). */
  static async boot(folder: string, name: string, namespace: string): Promise<HostMachine> {
    const mounts = Object.entries(MOUNTS).map(([source, target]) => `${source}:${target}`);
    const shell = ['unshare', '--mount', '--uts', 'sh', '-c', HOLD, 'hold', folder, name, ...mounts];
    const holder = spawn('ip', ['netns', 'exec', namespace, ...shell], {
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
      env: commandEnvironment(),
    });
    const ready = once(createInterface({ input: holder.stdout }), 'line');
    const outcome = await Promise.race([ready, once(holder, 'exit').then(() => undefined)]);
    if (outcome === undefined) throw new Error(`${name} did not come up`);
    const machine = new HostMachine(folder, name, holder);
    machine.#start('virtlogd', []);
    return machine;
  }

  /** Runs a program on the host; resolves to what it printed. */
  run(program: string, ...args: readonly string[]): Promise<string> {
    return run('nsenter', ...this.#enter(), program, ...args);
  }

  /** Resolves when it answers those on the host itself. Rejects with the end of the daemon's log. */
  async startDaemon(): Promise<void> {
    const daemon = this.#start('libvirtd', ['--listen']);
    this.#libvirtd = daemon;
    const probe = async () => {
      if (hasEnded(daemon)) return 'ended';
      await this.run('virsh', '--connect', 'qemu:///system', 'uri');
      return 'ready';
    };
    const what = `libvirtd of ${this.#name} is ready`;
    const outcome = await waitFor(what, probe, { timeoutMs: READY_TIMEOUT_MS }).catch(() => 'late');
    if (outcome !== 'ready')
      throw new Error(`libvirtd of ${this.#name}: ${outcome}; ${await this.#logEnd()}`);
  }

  async stopDaemon(signal: NodeJS.Signals): Promise<void> {
    const daemon = this.#libvirtd;
    if (daemon === undefined || hasEnded(daemon)) return;
    const gone = once(daemon, 'exit', { signal: AbortSignal.timeout(STOP_TIMEOUT_MS) });
    daemon.kill(signal);
    await gone;
  }

  /** Empties what the host knows of its guests. libvirtd must not run: it has the same in memory. */
  async empty(): Promise<void> {
    for (const folder of ['etc/libvirt/qemu', 'lib']) {
      const path = join(this.folder, folder);
      for (const entry of await readdir(path)) await rm(join(path, entry), { recursive: true, force: true });
    }
  }

  #start(program: 'libvirtd' | 'virtlogd', args: readonly string[]): ChildProcess {
    const log = openSync(join(this.folder, `${program}.out`), 'a');
    const child = spawn('nsenter', [...this.#enter(), program, ...args], {
      stdio: ['ignore', log, log],
      detached: true,
      env: commandEnvironment(),
    });
    closeSync(log);
    return child;
  }

  #enter(): string[] {
    return ['--target', String(this.#holder.pid), '--mount', '--uts', '--net'];
  }

  async #logEnd(): Promise<string> {
    const log = await readFile(join(this.folder, 'libvirtd.out'), 'utf8').catch(() => '');
    return `its last lines:\n${log.trimEnd().split('\n').slice(-LOG_LINES_SHOWN).join('\n')}`;
  }
}
