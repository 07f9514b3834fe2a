import { ApiError, ConnectionError } from '../../../../src/kube/api-errors.ts';
import { Transport, type ApiRequest } from '../../../../src/kube/transport.ts';
import { driverErrors } from '../../../../src/drivers/driver-errors.ts';
import type { Outcome } from '../../../../src/domain/outcome.ts';
import { Crash } from '../evacuation/simulated/simulated-operator.ts';

/** What goes wrong with a write, or an order, of the operator. */
export const MISHAPS = [
  'CrashBefore' /** The process ends before it is sent. */,
  'CrashAfter' /** It is carried out, and the process ends. */,
  'AnswerLost' /** It is carried out, and nobody says so. */,
  'NotSent' /** It never arrives. */,
  'Refused' /** It is answered with an error. */,
] as const;
export type Mishap = (typeof MISHAPS)[number];

/** What goes wrong next, and how often. */
export class Bad {
  #what: Mishap | undefined;
  #times = 0;

  luck(what: Mishap, times: number): void {
    this.#what = what;
    this.#times = times;
  }

  end(): void {
    this.#times = 0;
  }

  next(): Mishap | undefined {
    if (this.#times === 0) return undefined;
    this.#times -= 1;
    return this.#what;
  }
}

/** An order that may meet a mishap. */
export async function ordered(mishap: Mishap | undefined, order: () => Promise<Outcome>): Promise<Outcome> {
  if (mishap === 'CrashBefore') throw new Crash();
  if (mishap === 'NotSent') return driverErrors.unavailable('The backend does not answer.');
  if (mishap === 'Refused') return driverErrors.rejected('The backend says no.');
  const outcome = await order();
  if (mishap === 'CrashAfter') throw new Crash();
  return mishap === 'AnswerLost' ? driverErrors.unavailable('The backend did not answer.') : outcome;
}

const OBJECTS = /\/(?<plural>instances|livemigrations)(\/|$)/;

/** Between the operator and its API server. */
export class ShakyTransport extends Transport {
  readonly #inner: Transport;
  readonly #bad: Bad;
  readonly #violated: (what: string) => void;

  constructor(inner: Transport, bad: Bad, violated: (what: string) => void) {
    super({ server: 'http://127.0.0.1' });
    this.#inner = inner;
    this.#bad = bad;
    this.#violated = violated;
  }

  override async request<T>(request: ApiRequest): Promise<T> {
    const { plural } = OBJECTS.exec(request.path)?.groups ?? {};
    if (plural === undefined) return this.#inner.request<T>(request);
    if (plural === 'instances' && isOfSpec(request.body)) this.#violated('the operator writes a spec');
    return this.#carriedOut<T>(request, this.#bad.next());
  }

  async #carriedOut<T>(request: ApiRequest, mishap: Mishap | undefined): Promise<T> {
    if (mishap === 'CrashBefore') throw new Crash();
    if (mishap === 'NotSent') throw new ConnectionError('not sent');
    if (mishap === 'Refused') throw new ApiError(500, { reason: 'InternalError' });
    const answer = await this.#inner.request<T>(request);
    if (mishap === 'CrashAfter') throw new Crash();
    if (mishap === 'AnswerLost') throw new ConnectionError('the answer is lost');
    return answer;
  }
}

function isOfSpec(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'spec' in body;
}
