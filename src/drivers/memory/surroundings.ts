import type { PlacementRequest } from './placement.ts';
import type { CancelTimer, MemoryDelays } from './settings.ts';

/** What a machine and a migration see of the driver that they belong to. */
export interface Surroundings {
  readonly delays: MemoryDelays;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls back once, unless cancelled or the driver has been stopped. */
  later(ms: number, callback: () => void): CancelTimer;
  place(request: PlacementRequest): string | undefined;
  /** A name that was never given before. */
  unique(prefix: string): string;
  /** Something that can be observed of this machine is not as it was. */
  changed(): void;
}
