import { ResourceClient } from '../../../src/kube/resource-client.ts';
import type { Transport } from '../../../src/kube/transport.ts';
import { carryOut } from '../../../src/webhooks/certificates/carry-out.ts';
import { describeCertificates, type Certificates } from '../../../src/webhooks/certificates/certificates.ts';
import { CERTIFICATE_TIMES } from '../../../src/webhooks/certificates/decision.ts';
import {
  CERTIFICATE_SECRET,
  certificatesIn,
  dataOf,
  SECRETS,
  type Secret,
} from '../../../src/webhooks/certificates/secret.ts';
import { OPERATOR_NAMESPACE } from '../../support/installed-control-plane.ts';
import { waitFor } from '../../support/wait.ts';

const KEY = { namespace: OPERATOR_NAMESPACE, name: CERTIFICATE_SECRET };
/** The life of a certificate that runs out in a moment; it is renewed when two thirds are over. Milliseconds. */
const SHORT_LIFE = 9_000;

/** Puts a certificate into the Secret that runs out in a moment; resolves when it was renewed. */
export async function letCertificateRunOut(admin: Transport): Promise<void> {
  const client = new ResourceClient<Secret>(admin, SECRETS);
  const current = await read(client);
  const hosts = describeCertificates(current, [], true)?.serving.hosts ?? [];
  const times = { ...CERTIFICATE_TIMES, backdated: 0, servingLife: SHORT_LIFE };
  const short = await carryOut({ kind: 'IssueServing', hosts }, current, { hosts, times, now: Date.now() });
  await client.mergePatch(KEY, { data: dataOf(short) });
  const isRenewed = async () => (await read(client)).serving.cert !== short.serving.cert;
  await waitFor('the certificate is renewed', isRenewed, { timeoutMs: 2 * SHORT_LIFE });
}

/** Deletes the Secret; resolves when there is another authority. */
export async function askForAnotherAuthority(admin: Transport): Promise<void> {
  const client = new ResourceClient<Secret>(admin, SECRETS);
  const before = await read(client);
  await client.delete(KEY);
  const isChanged = async () => (await read(client)).authorities[0] !== before.authorities[0];
  await waitFor('there is another authority', isChanged, { timeoutMs: 20_000 });
}

async function read(client: ResourceClient<Secret>): Promise<Certificates> {
  const certificates = certificatesIn(await client.get(KEY));
  if (certificates === undefined) throw new Error('the Secret has no certificates');
  return certificates;
}
