import { pino } from 'pino';
import type { KubeObject, Resource } from '../../src/kube/resource.ts';
import type { Transport } from '../../src/kube/transport.ts';
import { Reflector } from '../../src/runtime/reflector.ts';

/** What a user sees of an object. */
export interface Shown {
  readonly state: string;
  /** Whether it is what the spec asks for, and nothing is under way. */
  readonly isSettled: boolean;
}

type Watched = KubeObject & Shown;

/** Watches objects as a user does who waits for a state. */
export class Watcher {
  readonly #stop = new AbortController();
  readonly #reflector: Reflector<Watched>;
  readonly #settled = new Map<string, Set<string>>();
  readonly #waiting = new Set<() => void>();

  constructor(transport: Transport, resource: Resource, show: (raw: unknown) => Shown) {
    const transform = (raw: unknown) => watched(raw as KubeObject, show(raw));
    const logger = pino({ level: 'silent' });
    this.#reflector = new Reflector<Watched>({ transport, logger, resource, transform });
    this.#reflector.onChange(({ type, object, previous }) => {
      if (previous !== undefined) this.in(previous.state).delete(previous.metadata.name);
      if (type !== 'Deleted' && object.isSettled) this.in(object.state).add(object.metadata.name);
      if (type === 'Deleted') this.in(object.state).delete(object.metadata.name);
      for (const wake of this.#waiting) wake();
    });
  }

  async start(): Promise<void> {
    this.#reflector.start(this.#stop.signal);
    await this.#reflector.synced();
  }

  /** Names of the objects that are in a state, and stay there. */
  in(state: string): Set<string> {
    const names = this.#settled.get(state) ?? new Set();
    this.#settled.set(state, names);
    return names;
  }

  /** Resolves as soon as the condition holds, in the turn in which the event arrives. */
  async until(what: string, condition: () => boolean, timeoutMs: number): Promise<void> {
    if (condition()) return;
    const done = Promise.withResolvers<undefined>();
    const wake = () => {
      if (condition()) done.resolve(undefined);
    };
    const giveUp = () => done.reject(new Error(`waited ${timeoutMs} ms in vain: ${what}`));
    this.#waiting.add(wake);
    const timer = setTimeout(giveUp, timeoutMs);
    try {
      await done.promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(wake);
    }
  }

  stop(): void {
    this.#stop.abort();
  }
}

function watched({ metadata }: KubeObject, shown: Shown): Watched {
  const { name, namespace = '', uid = '', resourceVersion = '' } = metadata;
  return { metadata: { name, namespace, uid, resourceVersion }, ...shown };
}
