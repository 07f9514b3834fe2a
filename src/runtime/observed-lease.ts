/**
 * What a standby knows about the lease of somebody else: not what it says, but since when it has not changed. Times in it
 * are by the other's clock and mean nothing here; a lease has expired when it stayed the same for its whole duration by
 * our own monotonic clock, however long ago it claims to be from.
 */
import { jsonEqual } from '../kube/json-equal.ts';
import type { Lease, LeaseSpec } from './lease.ts';

export class ObservedLease {
  #spec: LeaseSpec | undefined;
  #since = 0;

  /** Takes what was read at `now` (monotonic milliseconds). */
  see(lease: Lease, now: number): void {
    if (this.#spec === undefined || !jsonEqual(this.#spec, lease.spec)) {
      this.#spec = lease.spec ?? {};
      this.#since = now;
    }
  }

  /** Whether anybody may take it. @param fallbackMs duration of a lease that does not say one */
  free(now: number, fallbackMs: number): boolean {
    return this.freeIn(now, fallbackMs) === 0;
  }

  /** Milliseconds until anybody may take it, should it stay as it is. @param fallbackMs as for `free` */
  freeIn(now: number, fallbackMs: number): number {
    const { holderIdentity = '', leaseDurationSeconds } = this.#spec ?? {};
    const duration = leaseDurationSeconds === undefined ? fallbackMs : leaseDurationSeconds * 1000;
    return holderIdentity === '' ? 0 : Math.max(0, this.#since + duration - now);
  }
}
