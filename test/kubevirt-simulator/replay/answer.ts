import type { Normaliser } from './atoms.ts';
import type { HttpCall } from './lines.ts';

/** A webhook's service, and the port at which the API server reaches it. */
const servicePort = /(virt-api\.kubevirt\.svc):\d+/g;

/** An answer as far as it is compared: its code, and of an error all that is said. */
export function toldAnswer({ code, body }: Pick<HttpCall, 'code' | 'body'>, names: Normaliser): string {
  if (code < 400) {
    return String(code);
  }
  const { message, reason, details } = body as { message?: string; reason?: string; details?: object };
  const text = JSON.stringify([code, reason, message, sorted(details ?? {})]);
  return names.apply(text.replaceAll(servicePort, '$1'));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(sorted);
  }
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(
        Object.entries(value)
          .toSorted(([a], [b]) => (a < b ? -1 : 1))
          .map(([key, entry]) => [key, sorted(entry)]),
      )
    : value;
}
