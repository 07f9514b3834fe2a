import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { answerReview, line, type HttpAnswer } from './answer-review.ts';
import type { Judge } from './review.ts';

/** An object and its old state, each at most what etcd takes (1.5 MiB), and some room. */
const BODY_LIMIT_BYTES = 3 * 1024 * 1024 + 64 * 1024;

/** Answers AdmissionReviews, each path by its judge. */
export function endpoint(judges: ReadonlyMap<string, Judge>, logger: Logger): RequestListener {
  return (request, response) => {
    answerRequest(judges, request, logger).then(
      (answer) => send(request, response, answer),
      (error: unknown) => {
        logger.debug({ err: error }, 'request was cut off');
        response.destroy();
      },
    );
  };
}

async function answerRequest(
  judges: ReadonlyMap<string, Judge>,
  request: IncomingMessage,
  logger: Logger,
): Promise<HttpAnswer> {
  const [path = ''] = (request.url ?? '').split('?');
  const judge = judges.get(path);
  if (judge === undefined) return line(404, 'There is no webhook at this path');
  if (request.method !== 'POST') return line(405, 'An AdmissionReview is sent with POST');
  const body = await readBody(request);
  if (body === undefined) return line(413, `The body is larger than ${BODY_LIMIT_BYTES} bytes`);
  return answerReview(judge, body, logger);
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
