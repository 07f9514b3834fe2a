import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import type { ControlPlane } from '../control-plane/control-plane.ts';

/** What a command printed, and its exit code. */
export interface Printed {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface KubectlOptions {
  /** Default `admin`. */
  readonly user?: string;
  /** Written to its standard input as JSON, for `-f -`. */
  readonly input?: unknown;
  /** Told of each line as it is printed, on either stream. */
  readonly onLine?: (line: string) => void;
  /** Ends it as Ctrl-C does. */
  readonly interrupt?: AbortSignal;
}

/** Runs kubectl as a user types it; resolves also where it fails. */
export async function kubectl(
  controlPlane: ControlPlane,
  args: readonly string[],
  { user = 'admin', input, onLine, interrupt }: KubectlOptions = {},
): Promise<Printed> {
  const kubeconfig = await controlPlane.kubeconfig(user);
  const child = spawn(controlPlane.kubectl, ['--kubeconfig', kubeconfig, ...args]);
  // One that has ended without reading its input says by its exit code whether that was right.
  child.stdin.on('error', () => undefined);
  if (onLine !== undefined) {
    for (const input of [child.stdout, child.stderr]) createInterface({ input }).on('line', onLine);
  }
  interrupt?.addEventListener('abort', () => child.kill('SIGINT'), { once: true });
  const ended = Promise.withResolvers<number>();
  child.on('error', ended.reject).on('close', (code) => ended.resolve(code ?? 1));
  child.stdin.end(input === undefined ? '' : JSON.stringify(input));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended.promise]);
  return { code, stdout, stderr };
}
