import * as z from 'zod';
import type { Admitted, Refused } from '../domain/verdict.ts';
import type { JsonPatchOperation } from '../kube/resource-client.ts';
import { firstIssue } from '../api/first-issue.ts';
import { safeParse } from '../api/safe-parse.ts';

const GroupVersionResource = z.object({ group: z.string(), version: z.string(), resource: z.string() });

const AdmissionRequest = z.object({
  /** It comes back in answers and in texts of one line. */
  uid: z
    .string()
    .max(253)
    .regex(/^[!-~]+$/),
  /** What the webhook is registered for. */
  resource: GroupVersionResource,
  /** What the client asked for; absent where it is the same. */
  requestResource: GroupVersionResource.optional(),
  operation: z.enum(['CREATE', 'UPDATE', 'DELETE', 'CONNECT']),
  namespace: z.string().default(''),
  /** Absent where the API server makes it up. */
  name: z.string().default(''),
  dryRun: z.boolean().default(false),
  object: z.unknown().optional(),
  oldObject: z.unknown().optional(),
});
/** What the API server wants to know, as far as it is used here. */
export type AdmissionRequest = z.infer<typeof AdmissionRequest>;

const AdmissionReview = z.object({
  apiVersion: z.literal('admission.k8s.io/v1'),
  kind: z.literal('AdmissionReview'),
  request: AdmissionRequest,
});

/** A refusal of the domain, or of an object that can't be read. */
export interface Refusal extends Pick<Refused, 'kind' | 'message'> {
  /** 429: not now; who drains a node asks again. */
  readonly code: Refused['code'] | 429;
  /** EvictionHeld: the guest is not evicted but moved. */
  readonly reason?: Refused['reason'] | 'EvictionHeld';
}

/** What a webhook says to a request: a Verdict of the domain, or that the object can't be read or is to be changed. */
export type Answer =
  Admitted | Refusal | { readonly kind: 'Changed'; readonly patch: readonly JsonPatchOperation[] };

/** Judges one request from what is in memory: no I/O, no side effect, so a dry run is judged as any other. */
export type Judge = (request: AdmissionRequest) => Answer;

/** Judges one that does not say what it is about, or that is judged anew from what the API server is asked for. */
export type AskingJudge = (request: AdmissionRequest) => Promise<Answer>;

export type AnyJudge = Judge | AskingJudge;

/** How long a judge waits for what it asks the API server, in milliseconds: that waits 3 s or 5 for the whole answer. */
export const QUESTION_TIMEOUT_MS = 2_000;

export type ParsedReview =
  | { readonly kind: 'Review'; readonly request: AdmissionRequest }
  | { readonly kind: 'Unreadable'; readonly why: string };

/** Reads the body of a request. `why` is one line. */
export function parseReview(body: string): ParsedReview {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return { kind: 'Unreadable', why: 'the body is not JSON' };
  }
  const { success, data, error } = safeParse(AdmissionReview, json);
  return success
    ? { kind: 'Review', request: data.request }
    : { kind: 'Unreadable', why: firstIssue(error, 'AdmissionReview') };
}

/**
 * Reasons of the refusals. A 409 without a reason, or with reason Conflict, is taken for an optimistic-lock conflict:
 * kubectl would send the request again and again, and server-side apply would give advice on field managers.
 */
const REASONS = {
  400: 'BadRequest',
  403: 'Forbidden',
  409: 'Forbidden',
  429: 'TooManyRequests',
} as const satisfies Record<Refusal['code'], string>;

/** The AdmissionReview that carries an answer back. */
export function reviewOf(uid: string, answer: Answer) {
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: { uid, ...verdict(answer) },
  };
}

function verdict(answer: Answer) {
  if (answer.kind === 'Admitted') {
    return { allowed: true, ...(answer.warnings.length > 0 && { warnings: answer.warnings }) };
  }
  if (answer.kind === 'Changed') {
    const patch = Buffer.from(JSON.stringify(answer.patch)).toString('base64');
    return { allowed: true, patchType: 'JSONPatch', patch };
  }
  const { code, message } = answer;
  return { allowed: false, status: { code, reason: REASONS[code], message } };
}
