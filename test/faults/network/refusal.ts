import type { Answer } from '../../support/api-proxy.ts';

const REASONS: Readonly<Record<number, string>> = {
  409: 'Conflict',
  410: 'Expired',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

/** As the API server says it. */
export function refusal(code: number): Answer {
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', code };
  const message = `by order of the test: ${REASONS[code] ?? ''}`;
  return {
    code,
    headers: { 'content-type': 'application/json', ...(code === 429 && { 'retry-after': '1' }) },
    body: Buffer.from(JSON.stringify({ ...status, reason: REASONS[code], message })),
  };
}
