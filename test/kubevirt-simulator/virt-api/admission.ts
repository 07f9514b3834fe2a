import type { Stored } from '../objects/stored.ts';

export interface AdmissionRequest {
  readonly uid: string;
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';
  readonly namespace?: string;
  readonly name?: string;
  readonly userInfo: { readonly username: string };
  readonly object?: Stored;
  readonly oldObject?: Stored;
  readonly dryRun?: boolean;
}

export interface Cause {
  readonly reason: string;
  readonly message: string;
  readonly field?: string;
}

export interface AdmissionResponse {
  readonly allowed: boolean;
  readonly status?: {
    readonly code: number;
    readonly message: string;
    readonly reason?: string;
    readonly details?: { readonly causes: readonly Cause[] };
  };
  /** A JSON patch. */
  readonly patch?: readonly object[];
}

export const allowed: AdmissionResponse = { allowed: true };

export function patched(...patch: readonly object[]): AdmissionResponse {
  return { allowed: true, patch };
}

/** KubeVirt's way to say that something is wrong: no reason, just 400 and a text; evictions get 429. */
export function denied(message: string, code = 400): AdmissionResponse {
  return { allowed: false, status: { code, message } };
}

const causesShown = 10;

/** KubeVirt's way to say that fields are wrong. */
export function invalid(causes: readonly Cause[]): AdmissionResponse {
  const shown = causes.slice(0, causesShown);
  const more = causes.length - shown.length;
  const text = shown.map(({ message }) => message).join(', ');
  return {
    allowed: false,
    status: {
      code: 422,
      reason: 'Invalid',
      message: more > 0 ? `${text}, and ${more} more validation errors` : text,
      details: { causes: shown },
    },
  };
}

export function invalidUnless(causes: readonly Cause[]): AdmissionResponse {
  return causes.length === 0 ? allowed : invalid(causes);
}

const serviceAccounts: readonly string[] = ['apiserver', 'controller', 'handler', 'operator'].map(
  (name) => `system:serviceaccount:kubevirt:kubevirt-${name}`,
);

/** Only KubeVirt's own accounts may write the status and the spec of an instance. */
export function isKubeVirt(request: AdmissionRequest): boolean {
  return serviceAccounts.includes(request.userInfo.username);
}
