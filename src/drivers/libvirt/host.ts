import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { ObservedHypervisor } from '../../domain/observed.ts';
import { followEvents, type EventStream } from './event-stream.ts';
import { Limiter } from './limiter.ts';
import { keyOfDomain } from './names.ts';
import { namesIn, queryDomains, READ_AT_ONCE, type DomainQuery } from './read-domains.ts';
import type { HostAddress } from './settings.ts';
import { daemonVersion, hasBoard } from './statistics.ts';
import type { HostDomain } from './view.ts';
import { failureOf } from './outcome.ts';
import type { Virsh, VirshCall, VirshResult } from './virsh.ts';

/** How long a question may take. Milliseconds. */
const READ_DEADLINE = 10_000;
/** How often a host is asked whether it is there, and which domains it has. Milliseconds. */
const HEARTBEAT = 10_000;
/** libvirt has no event for some changes of what is stored, as by `virsh setvcpus --config`: so many beats later they are seen. */
const BEATS_TO_READ_ALL = 4;
/** What is known of a host is believed for so long after it was last heard of. Milliseconds. */
const BELIEVED = 3 * HEARTBEAT;
/** The first pause before a host is tried again, and the longest. Milliseconds. */
const [FIRST_PAUSE, LONGEST_PAUSE] = [1_000, 30_000];
/** Calls to one host at a time: libvirtd has as many workers, and each costs a process here. */
const CALLS_AT_ONCE = 8;

interface HostListener {
  /** A domain is not as it was, or is gone. */
  domainChanged(name: string): void;
  /** The host is heard of, or is not, or has another version. */
  hostChanged(): void;
}

export interface HostParts {
  readonly node: string;
  readonly address: HostAddress;
  readonly virsh: Virsh;
  /** The board that guests have. */
  readonly machineType: string;
  readonly logger: Logger;
  readonly listener: HostListener;
  /** Ends the watch, and the calls that last. */
  readonly signal: AbortSignal;
}

interface Known {
  readonly domain: HostDomain;
  /** What it was read from. */
  readonly text: string;
}

interface Reading {
  again: boolean;
  promise: Promise<void>;
}

/**
 * One libvirt host: a connection of its own, a memory of what was last seen there, and a queue of its own, so that one
 * that hangs holds up no other. The memory stays when the host is lost: what runs there may run on.
 */
export class LibvirtHost {
  readonly node: string;
  readonly address: HostAddress;
  readonly #parts: HostParts;
  readonly #limiter = new Limiter(CALLS_AT_ONCE);
  readonly #known = new Map<string, Known>();
  /** Reads that are under way, and whether another one has to follow. */
  readonly #reading = new Map<string, Reading>();
  readonly #seen = Promise.withResolvers<undefined>();
  #isConnected = false;
  #heardAt = 0;
  #version: string | undefined;
  #hasBoard = false;

  constructor(parts: HostParts) {
    this.node = parts.node;
    this.address = parts.address;
    this.#parts = parts;
  }

  /** Resolves when the domains were listed once, or could not be. */
  get seen(): Promise<unknown> {
    return this.#seen.promise;
  }

  /** Whether it answers, and all of its domains were read since it does. */
  get isConnected(): boolean {
    return this.#isConnected;
  }

  /** Milliseconds since the epoch: when it answered last. */
  get heardAt(): number {
    return this.#heardAt;
  }

  /** Names of the domains that are ours to look at. */
  get names(): readonly string[] {
    return [...this.#known.keys()];
  }

  domain(name: string): HostDomain | undefined {
    return this.#known.get(name)?.domain;
  }

  observe(): ObservedHypervisor {
    return {
      ready: this.#isConnected,
      accepting: this.#isConnected && this.#hasBoard,
      version: this.#version,
      validUntil: new Date(this.#heardAt + BELIEVED).toISOString(),
    };
  }

  /** Runs virsh there. Does not wait for a host that is known to be away. */
  run(args: readonly string[], call: VirshCall): Promise<VirshResult> {
    return this.#call((virsh) => virsh.run(args, call));
  }

  /** With a file that has this text, whose path comes last. */
  runWithFile(args: readonly string[], text: string, call: VirshCall): Promise<VirshResult> {
    return this.#call((virsh) => virsh.runWithFile(args, text, call));
  }

  async #call(call: (virsh: Virsh) => Promise<VirshResult>): Promise<VirshResult> {
    if (!this.#isConnected) {
      return { kind: 'Failed', message: `failed to connect to the hypervisor of node "${this.node}"` };
    }
    return this.#limiter.run(() => call(this.#parts.virsh));
  }

  /** A call that may last for hours: it takes no place in the queue. */
  runLong(args: readonly string[]): Promise<VirshResult> {
    return this.#parts.virsh.run(args, { deadline: 0, signal: this.#parts.signal });
  }

  /** Reads a domain again; resolves when what is known is not older than the call, if the host is heard of. */
  refresh(name: string): Promise<void> {
    const current = this.#reading.get(name);
    if (current !== undefined) {
      current.again = true;
      return current.promise;
    }
    if (!this.#isConnected) return Promise.resolve();
    const reading: Reading = { again: false, promise: Promise.resolve() };
    this.#reading.set(name, reading);
    reading.promise = this.#readUntilQuiet(name, reading);
    return reading.promise;
  }

  /** Watches the host until the signal is aborted; a connection that is lost is made again. */
  async watch(): Promise<void> {
    const { signal, logger, listener } = this.#parts;
    const isOver = () => signal.aborted;
    let pause = FIRST_PAUSE;
    while (!isOver()) {
      const words = await this.#watchOnce();
      const wasConnected = this.#isConnected;
      this.#isConnected = false;
      this.#seen.resolve(undefined);
      if (isOver()) return;
      logger.warn({ node: this.node, error: words }, 'libvirt host is not heard of');
      if (wasConnected) listener.hostChanged();
      pause = wasConnected ? FIRST_PAUSE : Math.min(2 * pause, LONGEST_PAUSE);
      // Hosts that were lost together are not to be asked together.
      await delay(pause * (0.5 + Math.random()), undefined, { signal }).catch(() => undefined);
    }
    this.#seen.resolve(undefined);
  }

  /** Resolves with libvirt's words when the connection is lost, or can't be made. */
  async #watchOnce(): Promise<string> {
    const { signal, virsh } = this.#parts;
    const events = followEvents(virsh, (name) => this.#onEvent(name));
    const stop = () => events.end();
    signal.addEventListener('abort', stop, { once: true });
    try {
      return await this.#follow(events, signal);
    } catch (error) {
      return String(error);
    } finally {
      signal.removeEventListener('abort', stop);
      events.end();
    }
  }

  /** Resolves with words when the connection is lost. */
  async #follow(events: EventStream, signal: AbortSignal): Promise<string> {
    const deadline = setTimeout(() => events.end(), READ_DEADLINE);
    await events.connected.finally(() => clearTimeout(deadline));
    const problem = await this.#begin();
    if (problem !== undefined) return problem;
    const beating = this.#beat(signal);
    try {
      return await Promise.race([events.ended, beating.lost]);
    } finally {
      beating.stop();
    }
  }

  async #begin(): Promise<string | undefined> {
    const { virsh, logger, listener, machineType } = this.#parts;
    const result = await virsh.run(['version', '--daemon'], { deadline: READ_DEADLINE });
    if (result.kind !== 'Done') return failureOf(result, 'version').message;
    this.#version = daemonVersion(result.stdout);
    this.#hasBoard = hasBoard(result.stdout, machineType);
    const problem = await this.#list('All');
    if (problem !== undefined) return problem;
    // Not before: who believes what a host says believes what is remembered of it.
    this.#isConnected = true;
    this.#seen.resolve(undefined);
    logger.info({ node: this.node, version: this.#version }, 'libvirt host is heard of');
    listener.hostChanged();
    return undefined;
  }

  #beat(signal: AbortSignal): { lost: Promise<string>; stop: () => void } {
    const stop = new AbortController();
    const either = AbortSignal.any([signal, stop.signal]);
    const beat = async (): Promise<string> => {
      for (let beats = 1; ; beats += 1) {
        await delay(HEARTBEAT, undefined, { signal: either });
        const problem = await this.#list(beats % BEATS_TO_READ_ALL === 0 ? 'All' : 'New');
        if (problem !== undefined) return problem;
      }
    };
    const lost = beat().catch(() => 'stopped');
    return { lost, stop: () => stop.abort() };
  }

  /** Reads the domains, all or those that are not known, and forgets those that are gone. */
  async #list(which: 'All' | 'New'): Promise<string | undefined> {
    const result = await this.#limiter.run(() =>
      this.#parts.virsh.run(['list', '--all', '--name'], { deadline: READ_DEADLINE }),
    );
    if (result.kind !== 'Done') return failureOf(result, 'list').message;
    this.#heardAt = Date.now();
    const names = namesIn(result).filter((name) => keyOfDomain(name) !== undefined);
    const gone = [...this.#known.keys()].filter((name) => !names.includes(name));
    const wanted = which === 'All' ? names : names.filter((name) => !this.#known.has(name));
    await this.#read([...wanted, ...gone]);
    return undefined;
  }

  #onEvent(name: string): void {
    if (keyOfDomain(name) !== undefined) void this.refresh(name);
  }

  async #readUntilQuiet(name: string, reading: Reading): Promise<void> {
    await this.#read([name]);
    while (isWantedAgain(reading)) await this.#read([name]);
    this.#reading.delete(name);
  }

  async #read(names: readonly string[]): Promise<void> {
    for (let at = 0; at < names.length; at += READ_AT_ONCE) {
      const query = queryDomains(names.slice(at, at + READ_AT_ONCE));
      const result = await this.#limiter.run(() =>
        this.#parts.virsh.run(query.args, { deadline: READ_DEADLINE }),
      );
      if (result.kind !== 'Done') continue;
      this.#heardAt = Date.now();
      for (const name of query.names) this.#learnFrom(query, name, result.stdout);
    }
  }

  /** What can't be read stays as it was seen last: a domain that others have made may be of any kind. */
  #learnFrom(query: DomainQuery, name: string, stdout: string): void {
    try {
      this.#learn(name, query.parse(stdout, name));
    } catch (error) {
      const { message } = error as Error;
      this.#parts.logger.warn(
        { node: this.node, domain: name, error: message },
        'libvirt domain is not readable',
      );
    }
  }

  #learn(name: string, domain: HostDomain | undefined): void {
    const text = domain === undefined ? '' : textOf(domain);
    if ((this.#known.get(name)?.text ?? '') === text) return;
    if (domain === undefined) this.#known.delete(name);
    else this.#known.set(name, { domain, text });
    this.#parts.listener.domainChanged(name);
  }
}

function isWantedAgain(reading: Reading): boolean {
  const { again } = reading;
  reading.again = false;
  return again;
}

/** Equal for what is equal; maps as lists. */
function textOf(domain: HostDomain): string {
  return JSON.stringify(domain, (_key, value: unknown) => (value instanceof Map ? [...value] : value));
}
