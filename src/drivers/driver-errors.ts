import type { Failure } from '../domain/outcome.ts';

/** Builds the failures of the port; each is a value that a driver returns, never an exception. */
export const driverErrors = {
  notFound: (message: string): Failure => ({ kind: 'NotFound', message }),
  busy: (message: string): Failure => ({ kind: 'Busy', message }),
  unsupported: (message: string): Failure => ({ kind: 'Unsupported', message }),
  unavailable: (message: string): Failure => ({ kind: 'Unavailable', message }),
  rejected: (message: string): Failure => ({ kind: 'Rejected', message }),
} as const;
