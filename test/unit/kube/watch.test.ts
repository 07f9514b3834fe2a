import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { ApiError, ConnectionError, SilentWatchError } from '../../../src/kube/api-errors.ts';
import { FrameSplitter } from '../../../src/kube/frame-splitter.ts';
import { Transport } from '../../../src/kube/transport.ts';
import type { RequestReport, WatchEvent } from '../../../src/kube/transport.ts';
import { waitFor } from '../../support/wait.ts';
import { startFakeServer, status } from './fake-server.ts';
import type { Answer } from './fake-server.ts';

const closing: (() => Promise<void>)[] = [];
const reports: RequestReport[] = [];

afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
  reports.length = 0;
});

interface Watching {
  readonly stop: AbortController;
  readonly events: AsyncGenerator<WatchEvent, void, undefined>;
}

async function watch(answer: Answer, idleTimeoutMs = 10_000): Promise<Watching> {
  const server = await startFakeServer(answer);
  const transport = new Transport({ server: server.url }, { onRequest: (report) => reports.push(report) });
  closing.push(
    () => transport.close(),
    () => server.close(),
  );
  const stop = new AbortController();
  const request = { method: 'GET', path: '/api/v1/things', query: { watch: true } } as const;
  return { stop, events: transport.watch(request, { signal: stop.signal, idleTimeoutMs }) };
}

function frame(type: string, object: unknown): string {
  return `${JSON.stringify({ type, object })}\n`;
}

/** Headers and these bytes, then nothing. */
function open(...pieces: (string | Buffer)[]): Answer {
  return (response) => {
    response.writeHead(200);
    response.flushHeaders();
    pieces.forEach((piece) => response.write(piece));
  };
}

function closed(...pieces: string[]): Answer {
  return (response, request) => {
    open(...pieces)(response, request);
    response.end();
  };
}

describe('a watch', () => {
  it('gives the events in order, bookmarks too, until the server ends it', async () => {
    const { events } = await watch(
      closed(frame('ADDED', 1), frame('MODIFIED', 2) + frame('BOOKMARK', 3), frame('DELETED', 4)),
    );

    const got = await collect(events);

    expect(got.map((event) => `${event.type} ${String(event.object)}`)).toEqual([
      'ADDED 1',
      'MODIFIED 2',
      'BOOKMARK 3',
      'DELETED 4',
    ]);
    expect(reports).toMatchObject([{ code: 200, watch: true, path: '/api/v1/things' }]);
  });

  it('leaves out a frame that the end of the stream cut off', async () => {
    const { events } = await watch(closed(frame('ADDED', 1), '{"type":"ADDED","obj'));

    expect(await collect(events)).toEqual([{ type: 'ADDED', object: 1 }]);
  });

  it('fails with the error that the server sent in the stream', async () => {
    const gone = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' };
    const { events } = await watch(open(frame('ADDED', 1) + frame('ERROR', gone)));

    expect((await events.next()).value).toEqual({ type: 'ADDED', object: 1 });
    const failed = events.next();
    await expect(failed).rejects.toThrow(ApiError);
    await expect(failed).rejects.toMatchObject({ code: 410, reason: 'Expired' });
  });

  it('fails with the error that the server answered', async () => {
    const { events } = await watch(status(403, 'Forbidden'));

    await expect(events.next()).rejects.toMatchObject({ code: 403, reason: 'Forbidden' });
    expect(reports).toMatchObject([{ code: 403, watch: true }]);
  });

  it.each([
    ['after its headers', open()],
    ['before its headers', (): void => undefined],
    ['in the middle of a frame', open('{"type":"ADD')],
  ])('that falls silent %s fails, so that somebody asks again', async (_, answer) => {
    const { events } = await watch(answer, 80);

    await expect(events.next()).rejects.toThrow(SilentWatchError);
  });

  it('is kept alive by any byte', async () => {
    const { events } = await watch((response) => {
      open()(response, undefined as never);
      drip(response, Array.from(frame('ADDED', 'slow')));
    }, 1_000);

    expect((await events.next()).value).toEqual({ type: 'ADDED', object: 'slow' });
  });

  it('that is reset fails as a ConnectionError', async () => {
    const { events } = await watch((response) => {
      open(frame('ADDED', 1))(response, undefined as never);
      setImmediate(() => response.socket?.resetAndDestroy());
    });

    expect((await events.next()).done).toBe(false);
    await expect(events.next()).rejects.toThrow(ConnectionError);
  });

  it('ends quietly when it is told to, also while nothing happens, and hangs up', async () => {
    let hungUp = false;
    const { events, stop } = await watch((response) => {
      response.on('close', () => (hungUp = true));
      open(frame('ADDED', 1))(response, undefined as never);
    });
    await events.next();

    const next = events.next();
    stop.abort();

    expect(await next).toEqual({ done: true, value: undefined });
    await waitFor('the server to see it', () => hungUp);
  });

  it('gives nothing more once it is told to end, also of what has come already', async () => {
    const { events, stop } = await watch(open(frame('ADDED', 1) + frame('ADDED', 2) + frame('ADDED', 3)));
    await events.next();

    stop.abort();

    expect(await events.next()).toEqual({ done: true, value: undefined });
  });

  it('hangs up when its reader has had enough', async () => {
    let hungUp = false;
    const { events } = await watch((response) => {
      response.on('close', () => (hungUp = true));
      open(frame('ADDED', 1))(response, undefined as never);
    });

    await events.next();
    await events.return();

    await waitFor('the server to see it', () => hungUp);
    expect(hungUp).toBe(true);
  });

  it('holds the server back while its reader is slow, and loses nothing', async () => {
    const padding = 'x'.repeat(1_000);
    const burst = Array.from({ length: 60_000 }, (_, index) => frame('ADDED', { index, padding }));
    let sent = 0;
    const send = (response: ServerResponse): void => {
      const piece = burst.slice(sent, sent + 1_000);
      if (piece.length === 0) {
        response.end();
        return;
      }
      response.write(piece.join(''), () => {
        sent += piece.length;
        send(response);
      });
    };
    const { events } = await watch((response) => {
      response.writeHead(200);
      send(response);
    });
    const first = await events.next();

    let before = -1;
    await waitFor('the server to be stuck', () => before === (before = sent), { intervalMs: 200 });
    expect(sent).toBeLessThan(burst.length);

    const rest = await collect(events);
    const indices = [first.value, ...rest].map((event) => (event?.object as { index: number }).index);
    expect(indices).toEqual(burst.map((_, index) => index));
  });
});

describe('the frame splitter', () => {
  const lines = ['{"text":"größer 𝄞"}', '{"n":1}', '{"text":"日本"}'];
  const bytes = Buffer.from(lines.map((line) => `${line}\n`).join('\n'));

  it('gives the same frames wherever the stream is cut in two, also inside a character', () => {
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const splitter = new FrameSplitter();
      const frames = [...splitter.push(bytes.subarray(0, cut)), ...splitter.push(bytes.subarray(cut))];
      expect(frames).toEqual(lines);
    }
  });

  it('gives the same frames byte by byte', () => {
    const splitter = new FrameSplitter();

    expect([...bytes].flatMap((byte) => splitter.push(Buffer.from([byte])))).toEqual(lines);
  });

  it('gives up on a line without end instead of filling the memory', () => {
    const splitter = new FrameSplitter();
    const megabyte = Buffer.alloc(1024 * 1024, 'x');

    expect(() => {
      for (let size = 0; size <= 64; size += 1) {
        splitter.push(megabyte);
      }
    }).toThrow('more than');
  });
});

/** Takes longer for all of them than a watch may be silent, and far less from one to the next: the machine may stand still. */
function drip(response: ServerResponse, characters: readonly string[]): void {
  const [character, ...rest] = characters;
  if (character !== undefined) {
    response.write(character);
    setTimeout(() => drip(response, rest), 40);
  }
}

async function collect<T>(events: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const event of events) {
    all.push(event);
  }
  return all;
}
