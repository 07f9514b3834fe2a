import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { AuditEvent } from '../../test/control-plane/audit-log.ts';

/** Reads what was appended to an audit log since the last look: ten thousand objects leave hundreds of megabytes. */
export class AuditTail {
  readonly #path: string;
  #offset = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** Passes over what is there. */
  async skip(): Promise<void> {
    const file = await open(this.#path);
    try {
      this.#offset = (await file.stat()).size;
    } finally {
      await file.close();
    }
  }

  /** The events since then, of lines that hold `text`. */
  async read(text: string): Promise<AuditEvent[]> {
    const file = await open(this.#path);
    const { size } = await file.stat();
    const events: AuditEvent[] = [];
    if (size === this.#offset) {
      await file.close();
      return events;
    }
    const input = file.createReadStream({ start: this.#offset, end: size - 1 });
    for await (const line of createInterface({ input })) {
      if (line.includes(text)) events.push(JSON.parse(line) as AuditEvent);
    }
    this.#offset = size;
    return events;
  }
}
