import { createServer } from 'node:http';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A request as the fake server got it. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export type Answer = (response: ServerResponse, request: SeenRequest) => void;

/** An HTTP server on loopback that answers as it is told. */
export interface FakeServer {
  readonly url: string;
  readonly seen: SeenRequest[];
  close(): Promise<void>;
}

/** Calls `answer` for each request; the test scripts what comes back. */
export async function startFakeServer(answer: Answer): Promise<FakeServer> {
  const seen: SeenRequest[] = [];
  const server = createServer((incoming, response) => {
    void text(incoming).then((body) => {
      const url = new URL(incoming.url ?? '/', 'http://fake');
      const { method = '', headers } = incoming;
      const request = { method, path: url.pathname, query: url.searchParams, headers, body };
      seen.push(request);
      answer(response, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Answers in turn; the last answer also to all further requests. */
export function inTurn(...answers: Answer[]): Answer {
  let next = 0;
  return (response, request) => {
    const answer = answers[Math.min(next, answers.length - 1)];
    next += 1;
    answer?.(response, request);
  };
}

export function json(code: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return (response) => {
    response.writeHead(code, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  };
}

/** A metav1.Status. */
export function status(code: number, reason: string, headers: Record<string, string> = {}): Answer {
  return json(code, { kind: 'Status', status: 'Failure', code, reason, message: `${reason}!` }, headers);
}

/** Closes the connection without an answer. */
export const hangUp: Answer = (response) => response.destroy();

/** Never answers. */
export const silence: Answer = () => undefined;
