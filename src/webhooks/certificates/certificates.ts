import { createPrivateKey, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { CertificateFacts, Validity } from './decision.ts';

/** A certificate and its private key, PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** All that the webhook servers of an installation need; every replica works with the same. */
export interface Certificates {
  /** Certificates that clients are to trust, PEM; the first is the one that signs now. */
  readonly authorities: readonly [string, ...string[]];
  /** Private key of the first. */
  readonly authorityKey: string;
  readonly serving: KeyPair;
}

/** What clients are to trust, PEM. */
export function trustBundle({ authorities }: Certificates): string {
  return authorities.join('');
}

/**
 * What a decision depends on; `undefined`: they can't be used, nor mended.
 * @param wanted names and addresses that the servers are reached under
 * @param stored whether the Secret has them
 */
export function describeCertificates(
  { authorities, authorityKey, serving }: Certificates,
  wanted: readonly string[],
  stored: boolean,
): CertificateFacts | undefined {
  const authority = readPair({ cert: authorities[0], key: authorityKey });
  const leaf = readPair(serving);
  if (authority === undefined || leaf === undefined) return undefined;
  return {
    stored,
    authority: validityOf(authority),
    formerAuthorities: authorities.length - 1,
    serving: {
      ...validityOf(leaf),
      hosts: hostsOf(leaf),
      missingHosts: wanted.filter((host) => !isGoodFor(leaf, host)),
      signedByAuthority: leaf.verify(authority.publicKey),
    },
  };
}

/** Whether it is a certificate, and the key is its key. */
export function isPair(pair: KeyPair): boolean {
  return readPair(pair) !== undefined;
}

/** `undefined`: it is no certificate, or the key is not its key. */
function readPair({ cert, key }: KeyPair): X509Certificate | undefined {
  try {
    const certificate = new X509Certificate(cert);
    return certificate.checkPrivateKey(createPrivateKey(key)) ? certificate : undefined;
  } catch {
    return undefined;
  }
}

/** When a certificate expires, in milliseconds since 1970. */
export function expiryOf(cert: string): number {
  return validityOf(new X509Certificate(cert)).notAfter;
}

function validityOf({ validFrom, validTo }: X509Certificate): Validity {
  return { notBefore: Date.parse(validFrom), notAfter: Date.parse(validTo) };
}

/** `DNS:a, IP Address:127.0.0.1` */
function hostsOf({ subjectAltName = '' }: X509Certificate): string[] {
  return subjectAltName.split(', ').map((entry) => entry.slice(entry.indexOf(':') + 1));
}

/** Not a comparison of texts: an address can be written in many ways. */
function isGoodFor(certificate: X509Certificate, host: string): boolean {
  const match = isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host);
  return match !== undefined;
}
