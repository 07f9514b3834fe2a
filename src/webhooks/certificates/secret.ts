import * as z from 'zod';
import type { KubeObject, Resource } from '../../kube/resource.ts';
import type { Certificates } from './certificates.ts';

/** Name of the Secret in the operator's namespace that all replicas take their certificates from. */
export const CERTIFICATE_SECRET = 'medevac-webhook-certificate';

export const SECRETS: Resource = {
  group: '',
  version: 'v1',
  plural: 'secrets',
  kind: 'Secret',
  namespaced: true,
};

/** A Secret, as far as certificates are kept in it: values in base64. */
export interface Secret extends KubeObject {
  readonly type?: string;
  readonly data?: Readonly<Record<string, string>>;
}

const text = z.base64().transform((encoded) => Buffer.from(encoded, 'base64').toString());
const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n?/g;

const Data = z
  .object({
    'ca.crt': text
      .transform((bundle) => bundle.match(PEM_CERTIFICATE) ?? [])
      .pipe(z.tuple([z.string()], z.string())),
    'ca.key': text,
    'tls.crt': text,
    'tls.key': text,
  })
  .transform((data): Certificates => ({
    authorities: data['ca.crt'],
    authorityKey: data['ca.key'],
    serving: { cert: data['tls.crt'], key: data['tls.key'] },
  }));

/** The certificates in a Secret; `undefined`: they are not all there. */
export function certificatesIn({ data }: Secret): Certificates | undefined {
  return Data.safeParse(data).data;
}

/** What a Secret that keeps certificates has as its data. */
export function dataOf({ authorities, authorityKey, serving }: Certificates): NonNullable<Secret['data']> {
  return {
    'ca.crt': base64(authorities.join('')),
    'ca.key': base64(authorityKey),
    'tls.crt': base64(serving.cert),
    'tls.key': base64(serving.key),
  };
}

function base64(value: string): string {
  return Buffer.from(value).toString('base64');
}
