/** Milliseconds since the epoch. */
export interface Validity {
  readonly notBefore: number;
  readonly notAfter: number;
}

/** What is known of the certificates in use. */
export interface CertificateFacts {
  /** Whether the Secret still has them; somebody may have deleted it. */
  readonly stored: boolean;
  /** The authority that signs now. */
  readonly authority: Validity;
  /** Number of authorities before it that clients are still told to trust. */
  readonly formerAuthorities: number;
  readonly serving: Validity & {
    readonly hosts: readonly string[];
    /** Those that are wanted, and that it is not good for. */
    readonly missingHosts: readonly string[];
    /** By the authority that signs now, not by the one before. */
    readonly signedByAuthority: boolean;
  };
}

/** What to do with the certificates; one step at a time. */
export type CertificateDecision =
  /** Nothing until that time, in milliseconds since the epoch. */
  | { readonly kind: 'Keep'; readonly until: number }
  /** There is nothing that could be kept. */
  | { readonly kind: 'IssueAll' }
  /** A new authority for clients to trust beside the one before it, which signs the server's a last time. */
  | { readonly kind: 'AddAuthority' }
  /** A serving certificate for `hosts`, signed by the present authority. */
  | { readonly kind: 'IssueServing'; readonly hosts: readonly string[] }
  /** Nobody serves with a certificate of the authorities before the present one any more. */
  | { readonly kind: 'ForgetFormerAuthorities' };

/** Lengths of time in milliseconds. */
export interface CertificateTimes {
  readonly authorityLife: number;
  readonly servingLife: number;
  /** By how much certificates begin before they are made, for clocks that are slow. */
  readonly backdated: number;
  /** How long all API servers and replicas may take to notice a change. */
  readonly settling: number;
}

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

export const CERTIFICATE_TIMES: CertificateTimes = {
  authorityLife: 365 * DAY,
  servingLife: 90 * DAY,
  backdated: 60 * MINUTE,
  settling: 5 * MINUTE,
};

/** What certificates are wanted for, and when. */
export interface CertificateWishes {
  readonly hosts: readonly string[];
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly times: CertificateTimes;
}

/**
 * The next step. A change of the authority takes three, so that at no moment anybody serves with a certificate that an
 * API server does not trust: clients learn of the new one, then the server changes over, then the old one is forgotten.
 * @param facts `undefined`: there are no certificates, or they are unusable
 */
export function decideCertificates(
  facts: CertificateFacts | undefined,
  { hosts, now, times }: CertificateWishes,
): CertificateDecision {
  if (facts === undefined || now >= facts.authority.notAfter) return { kind: 'IssueAll' };
  const { authority, serving } = facts;
  // What it has is kept: replicas whose settings differ must not issue against each other for ever.
  if (serving.missingHosts.length > 0) {
    return { kind: 'IssueServing', hosts: [...serving.hosts, ...serving.missingHosts] };
  }
  if (now >= serving.notAfter) return { kind: 'IssueServing', hosts };
  if (!serving.signedByAuthority) {
    const settled = settledAt(authority, times);
    return now >= settled ? { kind: 'IssueServing', hosts } : { kind: 'Keep', until: settled };
  }
  // Who deletes the Secret wants new certificates.
  if (!facts.stored || now >= renewalOf(authority)) return { kind: 'AddAuthority' };
  if (now >= renewalOf(serving)) return { kind: 'IssueServing', hosts };
  return keepOrForget(facts, now, times);
}

function keepOrForget(
  { authority, serving, formerAuthorities }: CertificateFacts,
  now: number,
  times: CertificateTimes,
): CertificateDecision {
  const settled = settledAt(serving, times);
  if (formerAuthorities === 0) {
    return { kind: 'Keep', until: Math.min(renewalOf(authority), renewalOf(serving)) };
  }
  return now >= settled ? { kind: 'ForgetFormerAuthorities' } : { kind: 'Keep', until: settled };
}

/** Two thirds of a life are over: a third is left for whatever keeps a renewal from working. */
function renewalOf({ notBefore, notAfter }: Validity): number {
  return notBefore + ((notAfter - notBefore) * 2) / 3;
}

function settledAt({ notBefore }: Validity, { backdated, settling }: CertificateTimes): number {
  return notBefore + backdated + settling;
}
