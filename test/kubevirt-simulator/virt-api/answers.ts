/** An answer of the aggregated API; without `message` it is a success with an empty body. */
export interface Answer {
  readonly code: number;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: object;
}

export const accepted: Answer = { code: 202 };
export const ok: Answer = { code: 200 };

type Subject = 'virtualmachine' | 'virtualmachineinstance';

export function badRequest(message: string): Answer {
  return { code: 400, reason: 'BadRequest', message };
}

export function notFound(kind: Subject, name: string): Answer {
  const details = { name, group: 'kubevirt.io', kind };
  return { code: 404, reason: 'NotFound', message: `${kind}.kubevirt.io "${name}" not found`, details };
}

export function conflict(name: string, why: string): Answer {
  return {
    code: 409,
    reason: 'Conflict',
    message: `Operation cannot be fulfilled on virtualmachine.kubevirt.io "${name}": ${why}`,
    details: { name, group: 'kubevirt.io', kind: 'virtualmachine' },
  };
}

export function internalError(message: string): Answer {
  const details = { causes: [{ message }] };
  return { code: 500, reason: 'InternalError', message: `Internal error occurred: ${message}`, details };
}

/** A call of virt-api's own that failed: whatever it was, the caller gets 500. */
export function failed(error: unknown): Answer {
  return internalError(error instanceof Error ? error.message : String(error));
}

export function bodyOf(answer: Answer): object | undefined {
  const { code, reason, message, details } = answer;
  if (message === undefined) {
    return undefined;
  }
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    ...(reason !== undefined && { reason }),
    ...(details !== undefined && { details }),
    code,
  };
}
