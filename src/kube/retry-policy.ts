import { ApiError, isRetryable } from './api-errors.ts';

const MOST_REPEATS = 4;
const FIRST_PAUSE_MS = 100;

/**
 * How long to wait before the same request is sent again, or undefined when the caller must decide.
 * 429 with Retry-After is repeated for every verb because the server did not act; all else only for GET, because a
 * write whose answer is lost may have been carried out.
 * @param repeats how often it has been repeated already
 * @param random in [0, 1)
 */
export function pauseBeforeRepeat(
  error: unknown,
  method: string,
  repeats: number,
  random: number,
): number | undefined {
  if (repeats >= MOST_REPEATS) {
    return undefined;
  }
  if (error instanceof ApiError && error.code === 429 && error.retryAfterMs !== undefined) {
    // Spread: everybody who was turned away at that moment was told the same time.
    return error.retryAfterMs * (1 + random / 4);
  }
  return method === 'GET' && isRetryable(error) ? FIRST_PAUSE_MS * 2 ** repeats * (1 + random) : undefined;
}
