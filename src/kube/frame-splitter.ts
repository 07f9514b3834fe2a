import { ConnectionError } from './api-errors.ts';

const NEWLINE = 0x0a;
/** etcd refuses objects over 1.5 MiB; a frame of this size is not a watch event but a broken server. */
const LONGEST_FRAME = 64 * 1024 * 1024;

/**
 * Cuts a byte stream into lines. Chunks end anywhere, also inside a character: so only whole lines are decoded.
 * What is left when the stream ends was cut off by its end, and is no frame.
 */
export class FrameSplitter {
  #rest: Buffer[] = [];
  #restLength = 0;

  push(chunk: Buffer): string[] {
    const frames: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      const frame = this.#complete(chunk.subarray(start, end));
      if (frame !== '') {
        frames.push(frame);
      }
      start = end + 1;
    }
    this.#keep(chunk.subarray(start));
    return frames;
  }

  #complete(last: Buffer): string {
    if (this.#restLength === 0) {
      return last.toString('utf8');
    }
    const frame = Buffer.concat([...this.#rest, last]).toString('utf8');
    this.#rest = [];
    this.#restLength = 0;
    return frame;
  }

  #keep(part: Buffer): void {
    if (part.length === 0) {
      return;
    }
    this.#rest.push(part);
    this.#restLength += part.length;
    if (this.#restLength > LONGEST_FRAME) {
      throw new ConnectionError(`watch sent a frame of more than ${LONGEST_FRAME} bytes`);
    }
  }
}
