import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { errorsIn, type Virsh } from './virsh.ts';

/** `echo` runs when the connection stands, a moment before the events are asked for. */
const CONNECTED = 'connected';
const ARGS = [`echo ${CONNECTED}; event --all --loop --timestamp`];
/** The first line of an event; of some there are more, which are indented. */
const EVENT = /event '[^']*' for domain '(.*?)'(?::|$)/;

export interface EventStream {
  /** Resolves when events are heard; rejects where it does not come to that. */
  readonly connected: Promise<unknown>;
  /** Resolves, with libvirt's words, when no more events come. */
  readonly ended: Promise<string>;
  end(): void;
}

/**
 * Follows the events of a host with one long call of virsh. It says nothing more when its connection is lost, but for a
 * line on its standard error: any is taken for the end.
 */
export function followEvents(virsh: Virsh, onDomain: (name: string) => void): EventStream {
  const child = virsh.follow(ARGS);
  const { promise: connected, resolve, reject } = Promise.withResolvers<undefined>();
  const ended = endOf(child).then((words) => {
    reject(new Error(words));
    return words;
  });
  connected.catch(() => undefined);
  if (child.stdout !== null) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      // What `echo` prints is not followed by a new line.
      if (line.startsWith(CONNECTED)) resolve(undefined);
      const domain = EVENT.exec(line)?.[1];
      if (domain !== undefined) onDomain(domain);
    });
  }
  child.stdout?.once('data', () => resolve(undefined));
  return { connected, ended, end: () => child.kill('SIGKILL') };
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.stderr?.on('data', (data: Buffer) => {
      child.kill('SIGKILL');
      resolve(errorsIn(String(data)));
    });
    child.once('error', (error) => resolve(error.message));
    child.once('close', () => resolve('the connection was closed'));
  });
}
