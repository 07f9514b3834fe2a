import type { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:tls';
import { pino } from 'pino';
import type { Certificates } from '../../src/webhooks/certificates/certificates.ts';
import { webhooks, type Webhooks, type WebhooksOptions } from '../../src/webhooks/index.ts';
import { certificatesIn, SECRETS, type Secret } from '../../src/webhooks/certificates/secret.ts';
import { CERTIFICATE_SECRET, OPERATOR } from '../../scripts/generate/names.ts';
import { webhookConfiguration } from '../../scripts/generate/webhooks.ts';
import { DRAIN_SETTINGS } from '../builders/evacuation.ts';
import { ResourceClient } from '../../src/kube/resource-client.ts';
import { install } from './install.ts';
import { OPERATOR_NAMESPACE, OPERATOR_USER, type InstalledControlPlane } from './installed-control-plane.ts';
import { waitFor } from './wait.ts';

export type WebhookSettings = Pick<WebhooksOptions, 'world' | 'clock' | 'certificateTimes' | 'extraHosts'>;

/** The webhooks in this process, on loopback, with the rights of the operator's ServiceAccount. */
export interface RunningWebhooks {
  readonly port: number;
  readonly webhooks: Webhooks;
  stop(): Promise<void>;
}

export async function startWebhooks(
  installed: InstalledControlPlane,
  settings: Partial<WebhookSettings> & Pick<WebhookSettings, 'world'>,
): Promise<RunningWebhooks> {
  const stopping = new AbortController();
  const running = webhooks({
    extraHosts: ['127.0.0.1'],
    unrescueDuringMigration: 'Refuse',
    drain: DRAIN_SETTINGS,
    evacuationWriter: { note: () => Promise.resolve() },
    caches: settings.world,
    ...settings,
    transport: installed.transport(OPERATOR_USER),
    logger: pino({ level: 'silent' }),
    namespace: OPERATOR_NAMESPACE,
    service: 'medevac-webhook',
    host: '127.0.0.1',
    port: 0,
  });
  const ended = running.run(stopping.signal);
  const stop = () => {
    stopping.abort();
    return ended;
  };
  const port = await Promise.race([running.listening, ended]);
  if (port === undefined) throw new Error('the webhooks ended by themselves');
  return { port, webhooks: running, stop };
}

/** Tells the API server of the webhooks; resolves when it has been told whom to trust. */
export async function registerWebhooks(installed: InstalledControlPlane, port: number): Promise<void> {
  await install(installed.transport(), [webhookConfiguration({ url: `https://127.0.0.1:${port}` })]);
  await waitFor('all webhooks have a caBundle', async () => {
    const bundles = await caBundles(installed);
    return bundles.length > 0 && bundles.every((bundle) => bundle !== undefined);
  });
}

/** The caBundle of each registered webhook, PEM. */
export async function caBundles(installed: InstalledControlPlane): Promise<(string | undefined)[]> {
  const path = `/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/${OPERATOR}`;
  const { webhooks: registered } = await installed.transport().request<{
    webhooks: { clientConfig: { caBundle?: string } }[];
  }>({ method: 'GET', path });
  return registered.map(({ clientConfig: { caBundle } }) =>
    caBundle === undefined ? undefined : Buffer.from(caBundle, 'base64').toString(),
  );
}

/** The Secret of the certificates, and what is in it. */
export async function certificateSecret(
  installed: InstalledControlPlane,
): Promise<{ secret: Secret; certificates: Certificates }> {
  const key = { namespace: OPERATOR_NAMESPACE, name: CERTIFICATE_SECRET };
  const secret = await new ResourceClient<Secret>(installed.transport(), SECRETS).get(key);
  const certificates = certificatesIn(secret);
  if (certificates === undefined) throw new Error('the Secret has no certificates');
  return { secret, certificates };
}

/** The certificate that a server on loopback shows. */
export async function shownCertificate(port: number): Promise<X509Certificate> {
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const certificate = socket.getPeerX509Certificate();
  socket.destroy();
  if (certificate === undefined) throw new Error('no certificate');
  return certificate;
}
