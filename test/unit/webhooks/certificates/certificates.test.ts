import { X509Certificate } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { carryOut } from '../../../../src/webhooks/certificates/carry-out.ts';
import {
  describeCertificates,
  trustBundle,
  type Certificates,
} from '../../../../src/webhooks/certificates/certificates.ts';
import { CERTIFICATE_TIMES } from '../../../../src/webhooks/certificates/decision.ts';
import { certificatesIn, dataOf } from '../../../../src/webhooks/certificates/secret.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const now = Date.UTC(2026, 10, 23, 10);
const hosts = ['medevac-webhook.medevac.svc', '127.0.0.1', '::1'];
const wishes = { hosts, now, times: CERTIFICATE_TIMES };

let first: Certificates;
let second: Certificates;
beforeAll(async () => {
  first = await carryOut({ kind: 'IssueAll' }, undefined, wishes);
  second = await carryOut({ kind: 'AddAuthority' }, first, { ...wishes, now: now + 300 * DAY });
});

function authorityOf({ authorities }: Certificates): X509Certificate {
  return new X509Certificate(authorities[0]);
}

function servingOf({ serving }: Certificates): X509Certificate {
  return new X509Certificate(serving.cert);
}

describe('certificates that are issued', () => {
  it('begin an hour before they were made and live as long as they should', () => {
    expect(describeCertificates(first, hosts, true)).toMatchObject({
      authority: { notBefore: now - HOUR, notAfter: now + 365 * DAY },
      serving: { notBefore: now - HOUR, notAfter: now + 90 * DAY },
    });
  });

  it('are of an authority that signs no others, and of a server that signs nothing', () => {
    expect(authorityOf(first).ca).toBe(true);
    expect(servingOf(first).ca).toBe(false);
    expect(servingOf(first).keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect(servingOf(first).checkIssued(authorityOf(first))).toBe(true);
  });

  it('have keys on P-256', () => {
    for (const certificate of [authorityOf(first), servingOf(first)]) {
      expect(certificate.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
    }
  });

  it.each(hosts)('are good for %s', (host) => {
    expect(describeCertificates(first, [host], true)?.serving.missingHosts).toEqual([]);
  });

  it.each(['localhost', 'medevac-webhook.other.svc', '127.0.0.2'])('are not good for %s', (host) => {
    expect(describeCertificates(first, [host], true)?.serving.missingHosts).toEqual([host]);
  });

  it('do not outlive their authority', async () => {
    const late = { ...wishes, now: now + 300 * DAY };
    const renewed = await carryOut({ kind: 'IssueServing', hosts }, first, late);
    expect(describeCertificates(renewed, hosts, true)?.serving.notAfter).toBe(now + 365 * DAY);
  });
});

describe('a change of the authority', () => {
  it('leaves the server with a certificate of the old one, which clients trust as well', () => {
    expect(second.authorities).toEqual([expect.any(String), first.authorities[0]]);
    expect(trustBundle(second)).toBe(second.authorities.join(''));
    expect(servingOf(second).verify(authorityOf(first).publicKey)).toBe(true);
    expect(describeCertificates(second, hosts, true)).toMatchObject({
      formerAuthorities: 1,
      serving: { signedByAuthority: false, notAfter: now + 365 * DAY },
    });
  });

  it('lets the new one sign then, and is over when the old one is forgotten', async () => {
    const later = { ...wishes, now: now + 301 * DAY };
    const changed = await carryOut({ kind: 'IssueServing', hosts }, second, later);
    expect(describeCertificates(changed, hosts, true)).toMatchObject({
      formerAuthorities: 1,
      serving: { signedByAuthority: true, notAfter: now + 391 * DAY },
    });
    const over = await carryOut({ kind: 'ForgetFormerAuthorities' }, changed, later);
    expect(over).toEqual({ ...changed, authorities: [second.authorities[0]] });
  });

  it('changes nothing where there is nothing to do', async () => {
    expect(await carryOut({ kind: 'Keep', until: 0 }, first, wishes)).toBe(first);
  });
});

describe('certificates in a Secret', () => {
  it('come back as they were put in', () => {
    const metadata = { name: 'medevac-webhook-certificate' };
    expect(certificatesIn({ metadata, data: dataOf(second) })).toEqual(second);
  });

  it.each([
    { name: 'no data', change: () => undefined },
    {
      name: 'a key missing',
      change: ({ 'tls.key': _, ...data }: Record<string, string>) => data,
    },
    {
      name: 'no authority',
      change: (data: Record<string, string>) => ({ ...data, 'ca.crt': '' }),
    },
    {
      name: 'something that is not base64',
      change: (data: Record<string, string>) => ({ ...data, 'ca.key': '%' }),
    },
  ])('are not there with $name', ({ change }) => {
    const data = change(dataOf(first));
    expect(certificatesIn({ metadata: { name: 'a' }, ...(data && { data }) })).toBeUndefined();
  });

  it.each<[string, (all: Certificates) => Certificates]>([
    [
      'the server’s key belongs to another',
      (all) => ({ ...all, serving: { ...all.serving, key: all.authorityKey } }),
    ],
    ['the authority’s key belongs to another', (all) => ({ ...all, authorityKey: all.serving.key })],
    ['the certificate is no certificate', (all) => ({ ...all, serving: { ...all.serving, cert: 'none' } })],
  ])('are of no use where %s', (_, spoil) => {
    expect(describeCertificates(spoil(first), hosts, true)).toBeUndefined();
  });
});
