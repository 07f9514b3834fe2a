import 'reflect-metadata';
import { generateKeyPairSync, type webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import * as x509 from '@peculiar/x509';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const BACKDATED_MS = 60 * 60 * 1000;
const LIFETIME_MS = 7 * 24 * 60 * 60 * 1000;

/** A certificate and its private key, PEM. */
interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

interface CertificateRequest {
  readonly commonName: string;
  /** IP addresses and DNS names that a server is reached under. */
  readonly hosts?: readonly string[];
  readonly usage: 'serverAuth' | 'clientAuth';
}

export interface CertificateAuthority {
  /** PEM. */
  readonly cert: string;
  issue(request: CertificateRequest): Promise<KeyPair>;
}

function validity(): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  return { notBefore: new Date(now - BACKDATED_MS), notAfter: new Date(now + LIFETIME_MS) };
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

async function privateKeyPem(keys: webcrypto.CryptoKeyPair): Promise<string> {
  return x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
}

function leafExtensions({ hosts = [], usage }: CertificateRequest): x509.Extension[] {
  const extensions: x509.Extension[] = [
    new x509.BasicConstraintsExtension(false, undefined, true),
    // libvirt before 10 and QEMU refuse a certificate whose key may not encipher keys, whatever its kind is.
    new x509.KeyUsagesExtension(
      x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment,
      true,
    ),
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage[usage]]),
  ];
  const names = hosts.map((host) => ({ type: isIP(host) ? ('ip' as const) : ('dns' as const), value: host }));
  if (names.length > 0) extensions.push(new x509.SubjectAlternativeNameExtension(names));
  return extensions;
}

/** A P-256 key, PEM, that service account tokens are signed with and, as SEC 1 only, also verified with. */
export function createSigningKey(): string {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' })
    .privateKey.export({ type: 'sec1', format: 'pem' })
    .toString();
}

/** An authority for one control plane or one test server; its key never leaves the process. */
export async function createCertificateAuthority(commonName: string): Promise<CertificateAuthority> {
  const keys = await generateKeys();
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity(),
    name: `CN=${commonName}`,
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  async function issue(request: CertificateRequest): Promise<KeyPair> {
    const leafKeys = await generateKeys();
    const leaf = await x509.X509CertificateGenerator.create({
      ...validity(),
      subject: `CN=${request.commonName}`,
      issuer: authority.subject,
      publicKey: leafKeys.publicKey,
      signingKey: keys.privateKey,
      signingAlgorithm: ALGORITHM,
      extensions: leafExtensions(request),
    });
    return { cert: leaf.toString('pem'), key: await privateKeyPem(leafKeys) };
  }
  return { cert: authority.toString('pem'), issue };
}
