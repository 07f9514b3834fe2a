import type { Logger } from 'pino';
import { parseReview, reviewOf, type AnyJudge } from './review.ts';

/** An HTTP response to a review. */
export interface HttpAnswer {
  readonly status: number;
  readonly type: 'application/json' | 'text/plain; charset=utf-8';
  readonly body: string;
  /** Reason of a refusal. */
  readonly refused?: string;
}

/**
 * Answers one review. A judge that fails is answered with HTTP 500, not with a refusal: a refusal is an answer, and only
 * a failure lets the webhook's failurePolicy do what it is for (refuse with Fail, let through with Ignore).
 */
export async function answerReview(judge: AnyJudge, body: string, logger: Logger): Promise<HttpAnswer> {
  const review = parseReview(body);
  if (review.kind === 'Unreadable') return line(400, `This is not an AdmissionReview: ${review.why}`);
  const { uid, namespace, operation } = review.request;
  try {
    const answer = await judge(review.request);
    if (answer.kind === 'Refused') {
      logger.info({ uid, namespace, operation, code: answer.code, text: answer.message }, 'request refused');
    }
    const body = JSON.stringify(reviewOf(uid, answer));
    const refused = answer.kind === 'Refused' && { refused: answer.reason ?? 'Unreadable' };
    return { status: 200, type: 'application/json', body, ...refused };
  } catch (error) {
    logger.error({ err: error, uid, namespace, operation }, 'request could not be judged');
    return line(
      500,
      `medevac could not judge this request. Try again; if it stays so, look for uid ${uid} in the operator's log`,
    );
  }
}

/** An answer of one line of text. */
export function line(status: number, text: string): HttpAnswer {
  return { status, type: 'text/plain; charset=utf-8', body: `${text}\n` };
}
