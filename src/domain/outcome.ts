/** How a side effect ended. A throw is a bug or an API server that can't be reached. */
export type Outcome =
  | { readonly kind: 'None' }
  /** The backend has taken the order; that it is carried out is seen, not assumed. */
  | { readonly kind: 'Accepted' }
  | Failure;

export interface Failure {
  readonly kind:
    | 'NotFound' /** What the call was about is not there (any more). */
    | 'Busy' /** Somebody else is at it; the same call may work later. */
    | 'Unsupported' /** This driver can't do that. */
    | 'Unavailable' /** The backend did not answer; nothing is known. */
    | 'Rejected' /** The backend has understood and refused; the same call will be refused again. */;
  readonly message: string;
}

export const NOTHING_DONE: Outcome = { kind: 'None' };
export const ACCEPTED: Outcome = { kind: 'Accepted' };

/** Whether the same order would be refused again. */
export function isRefusal(outcome: Outcome): outcome is Failure {
  return outcome.kind === 'Rejected' || outcome.kind === 'Unsupported';
}

export function isFailure(outcome: Outcome): outcome is Failure {
  return outcome.kind !== 'None' && outcome.kind !== 'Accepted';
}
