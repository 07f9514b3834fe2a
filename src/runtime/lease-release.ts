/**
 * Tells a standby at once that the lease was given back or deleted, so that a hand-over on stop takes no poll period. It is
 * only a shortcut: a standby that may not watch, or whose watch is cut, finds out at its next attempt.
 */
import type { Logger } from 'pino';
import type { Transport } from '../kube/transport.ts';
import type { Clock } from './clock.ts';
import { LEASES } from './lease.ts';
import type { Lease } from './lease.ts';
import { Reflector } from './reflector.ts';

export interface ReleaseWatchOptions {
  readonly transport: Transport;
  readonly namespace: string;
  readonly name: string;
  readonly logger: Logger;
  readonly clock?: Clock | undefined;
}

/** Dispatches `released` until the signal is aborted. */
export function watchForRelease(options: ReleaseWatchOptions, signal: AbortSignal): EventTarget {
  const { transport, namespace, name, logger, clock } = options;
  const released = new EventTarget();
  const reflector = new Reflector<Lease>({ transport, resource: LEASES, namespace, name, logger, clock });
  reflector.onChange(({ type, object }) => {
    if (type === 'Deleted' || (object.spec?.holderIdentity ?? '') === '') {
      released.dispatchEvent(new Event('released'));
    }
  });
  reflector.start(signal);
  return released;
}
