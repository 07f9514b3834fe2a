import type { Failure } from '../../domain/outcome.ts';
import {
  ApiError,
  ConnectionError,
  isFieldManagerConflict,
  isUnknownOutcome,
} from '../../kube/api-errors.ts';
import { driverErrors } from '../driver-errors.ts';

/**
 * What an error of the API server, of virt-api or of KubeVirt's webhooks means for an order. KubeVirt's 400s carry no
 * reason, so that its words must be read.
 * @throws what is neither an answer nor a missing one: a bug
 */
export function outcomeOfError(error: unknown): Failure {
  if (error instanceof ConnectionError) return driverErrors.unavailable(error.message);
  if (!(error instanceof ApiError)) throw error;
  const { code } = error;
  const message = withFields(error);
  if (code === 404) return driverErrors.notFound(message);
  if (code === 409 && !isFieldManagerConflict(error)) return driverErrors.busy(message);
  if (isMigrationInFlight(error) || isAnotherObject(error)) return driverErrors.busy(message);
  return isTransient(code) ? driverErrors.unavailable(message) : driverErrors.rejected(message);
}

/** A 422 names the fields in its details; a text that leaves them out would leave the user to guess. */
function withFields({ message, details }: ApiError): string {
  const { causes = [] } = (details ?? {}) as { causes?: readonly { field?: string }[] };
  const unnamed = causes.flatMap(({ field = '' }) => (message.includes(field) ? [] : [field]));
  return unnamed.length === 0 ? message : `${message} (${[...new Set(unnamed)].join(', ')})`;
}

/** 401: the credentials were rotated under us. 500 is also what a webhook that can't be called gives. */
function isTransient(code: number): boolean {
  return code >= 500 || [401, 408, 410, 429].includes(code);
}

/** The webhook's 400 for a second migration of one VM. */
function isMigrationInFlight({ code, message }: ApiError): boolean {
  return code === 400 && message.includes('in-flight migration detected');
}

const PRECONDITIONS = ['metadata.uid', 'metadata.resourceVersion'];

/**
 * An apply whose metadata.uid is that of an object that was deleted, while one of that name was made again; or one that
 * was to create what is there already, unseen. What is there shows in a moment.
 */
function isAnotherObject({ code, details }: ApiError): boolean {
  const { causes = [] } = (details ?? {}) as { causes?: readonly { field?: string }[] };
  return code === 422 && causes.some(({ field = '' }) => PRECONDITIONS.includes(field));
}

/** What the aggregation layer says, with 503, of a virt-api that a call did not reach; and undici of an API server. */
const NOT_REACHED = ['connection refused', 'ECONNREFUSED', 'no endpoints available', 'service unavailable'];

/** Whether a call that failed may have been carried out all the same, or may be yet. */
export function isInDoubt(error: unknown): boolean {
  if (!isUnknownOutcome(error)) return false;
  return !(error instanceof Error && NOT_REACHED.some((words) => error.message.includes(words)));
}

/** virt-api's 500 for a `restart` while the VM's status has a stop or a start that is not done yet, of whichever boot. */
export function isAlreadyUnderWay(error: unknown): boolean {
  return error instanceof ApiError && error.code === 500 && error.message.includes('already underway');
}
