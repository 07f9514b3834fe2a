/** A metav1.Status, as far as it is read here. */
export interface ApiStatus {
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: unknown;
}

/** The API server (or an admission webhook through it) answered with an error. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** HTTP status code. */
  readonly code: number;
  /** Machine-readable reason of the Status body (`Conflict`, `Invalid`, …), where there was one. */
  readonly reason: string | undefined;
  /** `details` of the Status body: name, kind, causes, retryAfterSeconds. */
  readonly details: unknown;
  /** The `Retry-After` header in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(code: number, status: ApiStatus, options: { retryAfterMs?: number | undefined } = {}) {
    super(status.message ?? `HTTP ${code}`);
    this.code = code;
    this.reason = status.reason;
    this.details = status.details;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** No (complete) answer: refused, reset, cut or too late. Whether the server acted is not known. */
export class ConnectionError extends Error {
  override readonly name: string = 'ConnectionError';
}

/** Nothing was sent: it may not be any more (`ApiRequest.mayBeSent`). */
export class UnsentError extends ConnectionError {
  override readonly name = 'UnsentError';
}

/** An open watch on which nothing came for too long: the other end may be gone without having said so. */
export class SilentWatchError extends ConnectionError {
  override readonly name = 'SilentWatchError';
}

/** 404. */
export function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.code === 404;
}

/** 409 because the name is taken. */
export function isAlreadyExists(error: unknown): boolean {
  return error instanceof ApiError && error.code === 409 && error.reason === 'AlreadyExists';
}

/** The resourceVersion asked for has been compacted away (410), or the server is not that far (504). */
export function isGone(error: unknown): boolean {
  return error instanceof ApiError && (error.code === 410 || hasCause(error, 'ResourceVersionTooLarge'));
}

/** Somebody else wrote first: 409 Conflict, or the 422 of a JSON patch whose `test` failed. */
export function isConflict(error: unknown): boolean {
  if (!(error instanceof ApiError)) {
    return false;
  }
  return (
    (error.code === 409 && error.reason === 'Conflict' && !isFieldManagerConflict(error)) ||
    isFailedPatchTest(error)
  );
}

/** Server-side apply without force met fields of another manager: reading again does not help. */
export function isFieldManagerConflict(error: unknown): boolean {
  return error instanceof ApiError && hasCause(error, 'FieldManagerConflict');
}

/** Worth repeating unchanged, later: overload, time-outs, a server that is going away, no answer at all. */
export function isRetryable(error: unknown): boolean {
  if (error instanceof ApiError) {
    return error.code === 429 || error.code >= 500;
  }
  return error instanceof ConnectionError;
}

/**
 * Whether a write may have been carried out although it failed, or may be yet: there was no answer, or one that says
 * nothing of it (a gateway, a time-out, storage that could not be asked whether it has committed).
 */
export function isUnknownOutcome(error: unknown): boolean {
  if (error instanceof UnsentError) return false;
  return !(error instanceof ApiError) || error.code >= 500 || error.code === 408;
}

/**
 * The API server does not say which operation of a patch failed: it answers 422 Invalid without causes (seen with
 * v1.37), where a value that the schema refuses has a cause per field.
 */
function isFailedPatchTest(error: ApiError): boolean {
  return error.code === 422 && error.reason === 'Invalid' && causesOf(error).length === 0;
}

function hasCause(error: ApiError, reason: string): boolean {
  return causesOf(error).some((cause) => cause.reason === reason);
}

function causesOf(error: ApiError): readonly { readonly reason?: string }[] {
  const details = error.details as { readonly causes?: readonly { readonly reason?: string }[] } | undefined;
  return details?.causes ?? [];
}
