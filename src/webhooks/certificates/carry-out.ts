import { X509Certificate } from 'node:crypto';
import type { Certificates, KeyPair } from './certificates.ts';
import type { CertificateDecision, CertificateWishes } from './decision.ts';

/** The certificates after a decision; the same object where nothing changes. */
export async function carryOut(
  decision: CertificateDecision,
  current: Certificates | undefined,
  wishes: CertificateWishes,
): Promise<Certificates> {
  if (current === undefined) return issueAll(wishes);
  switch (decision.kind) {
    case 'Keep':
      return current;
    case 'IssueAll':
      return issueAll(wishes);
    case 'AddAuthority':
      return addAuthority(current, wishes);
    case 'IssueServing':
      return {
        ...current,
        serving: await newServing(signerOf(current), { ...wishes, hosts: decision.hosts }),
      };
    case 'ForgetFormerAuthorities':
      return { ...current, authorities: [current.authorities[0]] };
  }
}

async function issueAll(wishes: CertificateWishes): Promise<Certificates> {
  const authority = await newAuthority(wishes);
  const serving = await newServing(authority, wishes);
  return { authorities: [authority.cert], authorityKey: authority.key, serving };
}

async function addAuthority(current: Certificates, wishes: CertificateWishes): Promise<Certificates> {
  const authority = await newAuthority(wishes);
  return {
    authorities: [authority.cert, current.authorities[0]],
    authorityKey: authority.key,
    // The last of the old authority: what is served must not expire while everybody learns of the new one.
    serving: await newServing(signerOf(current), wishes),
  };
}

function signerOf({ authorities, authorityKey }: Certificates): KeyPair {
  return { cert: authorities[0], key: authorityKey };
}

async function newAuthority({ now, times }: CertificateWishes): Promise<KeyPair> {
  const { issueAuthority } = await import('./issue.ts');
  return issueAuthority({ notBefore: now - times.backdated, notAfter: now + times.authorityLife });
}

async function newServing(authority: KeyPair, { hosts, now, times }: CertificateWishes): Promise<KeyPair> {
  const { issueServing } = await import('./issue.ts');
  const end = Date.parse(new X509Certificate(authority.cert).validTo);
  return issueServing(authority, hosts, {
    notBefore: now - times.backdated,
    notAfter: Math.min(now + times.servingLife, end),
  });
}
