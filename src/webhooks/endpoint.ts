import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { AdmissionReport } from '../telemetry/metrics/admission.ts';
import { answerReview, line, type HttpAnswer } from './answer-review.ts';
import type { AnyJudge } from './review.ts';

/** An object and its old state, each at most what etcd takes (1.5 MiB), and some room. */
const BODY_LIMIT_BYTES = 3 * 1024 * 1024 + 64 * 1024;

export interface EndpointOptions {
  /** By their paths. */
  readonly judges: ReadonlyMap<string, AnyJudge>;
  readonly logger: Logger;
  /** Told of each request to one of the paths that was answered. */
  readonly onAnswer?: ((report: AdmissionReport) => void) | undefined;
}

/** Answers AdmissionReviews, each path by its judge. */
export function endpoint({ judges, logger, onAnswer }: EndpointOptions): RequestListener {
  return (request, response) => {
    const start = performance.now();
    answerRequest(judges, request, logger).then(
      (answer) => {
        send(request, response, answer);
        const path = pathOf(request);
        // Anybody may ask for any path; each would be a figure of its own.
        if (!judges.has(path)) return;
        const { status: code, refused } = answer;
        onAnswer?.({ path, code, milliseconds: performance.now() - start, refused });
      },
      (error: unknown) => {
        logger.debug({ err: error }, 'request was cut off');
        response.destroy();
      },
    );
  };
}

async function answerRequest(
  judges: ReadonlyMap<string, AnyJudge>,
  request: IncomingMessage,
  logger: Logger,
): Promise<HttpAnswer> {
  const judge = judges.get(pathOf(request));
  if (judge === undefined) return line(404, 'There is no webhook at this path');
  if (request.method !== 'POST') return line(405, 'An AdmissionReview is sent with POST');
  const body = await readBody(request);
  if (body === undefined) return line(413, `The body is larger than ${BODY_LIMIT_BYTES} bytes`);
  return answerReview(judge, body, logger);
}

function pathOf({ url = '' }: IncomingMessage): string {
  return url.split('?', 1)[0] ?? '';
}

/** `undefined`: it is too large. @throws when the client goes away */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  // The response still has to go out on the connection of a body that is not read to its end.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    const bytes = chunk as Buffer;
    size += bytes.length;
    if (size > BODY_LIMIT_BYTES) return undefined;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString();
}

function send(request: IncomingMessage, response: ServerResponse, { status, type, body }: HttpAnswer): void {
  response.statusCode = status;
  response.setHeader('content-type', type);
  // What is left of an unread body would be taken for the next request.
  if (!request.complete) response.setHeader('connection', 'close');
  response.end(body);
}
