import type { Logger } from 'pino';
import { formatKey } from '../../../src/kube/resource.ts';
import type { Kind } from '../objects/kinds.ts';
import type { Stored } from '../objects/stored.ts';
import type { Caches } from './caches.ts';
import { perform } from './plan.ts';
import type { Plan, Write } from './plan.ts';
import type { Writer } from './writer.ts';

/** Carries out plans as one user: sends the writes, keeps the caches' promises, records events beside. */
export class Performer {
  readonly #caches: Caches;
  readonly #writer: Writer;
  readonly #requeue: (kind: Kind, key: string, afterMs: number) => void;
  readonly #logger: Logger;

  constructor(parts: {
    caches: Caches;
    writer: Writer;
    logger: Logger;
    requeue: (kind: Kind, key: string, afterMs: number) => void;
  }) {
    this.#caches = parts.caches;
    this.#writer = parts.writer;
    this.#requeue = parts.requeue;
    this.#logger = parts.logger;
  }

  run(plan: Plan): Promise<void> {
    return perform(plan, (step) => this.#perform(step));
  }

  async #perform(step: Write): Promise<Stored | undefined> {
    switch (step.verb) {
      case 'requeue':
        this.#requeue(step.kind, formatKey(step.key), step.afterMs);
        return undefined;
      case 'event':
        this.#record(step);
        return undefined;
      case 'create':
      case 'update':
      case 'patch':
      case 'delete':
        return await this.#send(step);
    }
  }

  async #send(step: Exclude<Write, { verb: 'requeue' | 'event' }>): Promise<Stored> {
    const answer = await this.#writer.write(step);
    // A deletion is answered with a Status, or, when another was faster, with an object that has no revision.
    if (step.expected === true && answer.metadata.resourceVersion !== undefined) {
      this.#caches.upsert(step.kind, answer);
    }
    return answer;
  }

  /** Events are told beside the work, as client-go's recorder does; one that is lost is lost. */
  #record(step: Extract<Write, { verb: 'event' }>): void {
    this.#writer.event(step.kind, step.regarding, step.event).catch((error: unknown) => {
      this.#logger.debug({ error }, 'event not recorded');
    });
  }
}
