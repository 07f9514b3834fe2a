import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { ApiError, ConnectionError, SilentWatchError } from './api-errors.ts';
import type { ApiStatus } from './api-errors.ts';
import { toApiError } from './exchange.ts';
import { FrameSplitter } from './frame-splitter.ts';

/** One frame of a watch. ERROR frames do not appear: they end the iteration with an ApiError. */
export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: unknown;
}

/** With more frames than this waiting for their reader, reading from the socket pauses. */
const MOST_WAITING_FRAMES = 10_000;

/** The receiving end of one watch request: bytes in, events out, silence noticed. */
export class WatchStream implements Dispatcher.DispatchHandler {
  readonly #splitter = new FrameSplitter();
  readonly #idleTimer: NodeJS.Timeout;
  readonly #onOpen: (code: number) => void;
  readonly #errorBody: Buffer[] = [];
  #frames: string[] = [];
  #controller: Dispatcher.DispatchController | undefined;
  #code = 0;
  #headers: IncomingHttpHeaders = {};
  #ending: { error?: Error } | undefined;
  #wake: (() => void) | undefined;

  /** @param onOpen called once: with the HTTP status when the headers came, with 0 when they never will */
  constructor(idleTimeoutMs: number, onOpen: (code: number) => void) {
    this.#onOpen = onOpen;
    this.#idleTimer = setTimeout(() => {
      this.stop(new SilentWatchError(`watch was silent for ${idleTimeoutMs} ms`));
    }, idleTimeoutMs);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#ending !== undefined) {
      controller.abort(new ConnectionError('watch was given up'));
    }
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    code: number,
    headers: IncomingHttpHeaders,
  ): void {
    this.#code = code;
    this.#headers = headers;
    this.#idleTimer.refresh();
    this.#onOpen(code);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#idleTimer.refresh();
    if (this.#code !== 200) {
      this.#errorBody.push(chunk);
      return;
    }
    for (const frame of this.#splitter.push(chunk)) {
      this.#frames.push(frame);
    }
    if (this.#frames.length > MOST_WAITING_FRAMES) {
      controller.pause();
    }
    this.#wake?.();
  }

  onResponseEnd(): void {
    if (this.#code === 200) {
      this.#end({});
      return;
    }
    const body = Buffer.concat(this.#errorBody).toString('utf8');
    this.#end({ error: toApiError({ code: this.#code, headers: this.#headers, body }) });
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.stop(new ConnectionError(error.message, { cause: error }));
  }

  /** Ends the iteration: with an error, or quietly without one. */
  stop(error?: Error): void {
    this.#end(error === undefined ? {} : { error });
    this.#controller?.abort(error ?? new ConnectionError('watch was ended'));
  }

  /** Until the stream ends, or the signal says that nobody listens. @throws ApiError, also for an ERROR frame, ConnectionError */
  async *events(signal: AbortSignal): AsyncGenerator<WatchEvent, void, undefined> {
    while (this.#ending === undefined || this.#frames.length > 0) {
      for (const frame of this.#takeFrames()) {
        if (signal.aborted) {
          return;
        }
        yield parseFrame(frame);
      }
      await this.#more();
    }
    if (this.#ending.error !== undefined) {
      throw this.#ending.error;
    }
  }

  async #more(): Promise<void> {
    if (this.#ending === undefined && this.#frames.length === 0) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  #takeFrames(): string[] {
    const frames = this.#frames;
    this.#frames = [];
    if (this.#controller?.paused === true) {
      this.#idleTimer.refresh();
      this.#controller.resume();
    }
    return frames;
  }

  #end(ending: { error?: Error }): void {
    if (this.#ending !== undefined) {
      return;
    }
    this.#ending = ending;
    clearTimeout(this.#idleTimer);
    if (this.#code === 0) {
      this.#onOpen(0);
    }
    this.#wake?.();
  }
}

function parseFrame(frame: string): WatchEvent {
  const event = JSON.parse(frame) as { type?: unknown; object?: unknown };
  switch (event.type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
    case 'BOOKMARK':
      return { type: event.type, object: event.object };
    case 'ERROR': {
      const status = (event.object ?? {}) as ApiStatus;
      throw new ApiError(status.code ?? 500, status);
    }
    default:
      throw new ConnectionError(`watch sent a frame of unknown type ${JSON.stringify(event.type)}`);
  }
}
