/**
 * Keeps the certificates of the webhook server good, and what the API server trusts in step with them. The Secret is the
 * source of truth for all replicas; any of them may write it, the first one wins, and all follow. It is one reconcile
 * like any other: what is seen (Secret, webhook configurations) → decision (pure) → at most one write of the Secret →
 * the webhook configurations → the server.
 */
import type { Logger } from 'pino';
import { isAlreadyExists } from '../../kube/api-errors.ts';
import { ResourceClient } from '../../kube/resource-client.ts';
import { formatKey, keyOf, type ObjectKey } from '../../kube/resource.ts';
import type { Transport } from '../../kube/transport.ts';
import { systemClock, type Clock } from '../../runtime/clock.ts';
import { Controller, type ReconcileResult } from '../../runtime/controller.ts';
import type { Runnable } from '../../runtime/manager.ts';
import { Reflector } from '../../runtime/reflector.ts';
import {
  caBundlePatch,
  WEBHOOK_CONFIGURATION,
  WEBHOOK_CONFIGURATIONS,
  type WebhookConfiguration,
} from './ca-bundle.ts';
import { carryOut } from './carry-out.ts';
import { describeCertificates, trustBundle, type Certificates, type KeyPair } from './certificates.ts';
import {
  CERTIFICATE_TIMES,
  decideCertificates,
  type CertificateFacts,
  type CertificateTimes,
} from './decision.ts';
import { CERTIFICATE_SECRET, certificatesIn, dataOf, SECRETS, type Secret } from './secret.ts';

export interface CertificateKeeperOptions {
  readonly transport: Transport;
  readonly logger: Logger;
  /** Namespace of the operator. */
  readonly namespace: string;
  /** DNS names and IP addresses that the server is reached under. */
  readonly hosts: readonly string[];
  /** Told of a certificate that the API server trusts by now. */
  readonly serve: (certificate: KeyPair) => void;
  readonly times?: CertificateTimes | undefined;
  readonly clock?: Clock | undefined;
}

/** The watch shows what others have stored; should that be gone by then, after this. Milliseconds. */
const LOOK_AGAIN = 1_000;

export class CertificateKeeper implements Runnable {
  readonly name = 'webhook-certificates';
  readonly #options: CertificateKeeperOptions;
  readonly #clock: Clock;
  readonly #key: ObjectKey;
  readonly #secrets: Reflector<Secret>;
  readonly #secretClient: ResourceClient<Secret>;
  readonly #configurations: readonly WatchedConfiguration[];
  readonly #controller: Controller;
  /** What this process serves with. */
  #held: Certificates | undefined;

  constructor(options: CertificateKeeperOptions) {
    const { transport, logger, namespace } = options;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#key = { namespace, name: CERTIFICATE_SECRET };
    this.#secretClient = new ResourceClient(transport, SECRETS);
    this.#secrets = new Reflector({ transport, logger, resource: SECRETS, ...this.#key });
    this.#configurations = WEBHOOK_CONFIGURATIONS.map((resource) => ({
      client: new ResourceClient<WebhookConfiguration>(transport, resource),
      cache: new Reflector<WebhookConfiguration>({
        transport,
        logger,
        resource,
        name: WEBHOOK_CONFIGURATION,
      }),
    }));
    this.#controller = new Controller({
      name: this.name,
      workers: 1,
      logger,
      clock: this.#clock,
      reconcile: () => this.#reconcile(),
    });
  }

  /** Resolves when the signal is aborted and nothing is under way. */
  async run(signal: AbortSignal): Promise<void> {
    const key = formatKey(this.#key);
    const caches = [this.#secrets, ...this.#configurations.map(({ cache }) => cache)];
    for (const cache of caches) cache.onChange(() => this.#controller.enqueue(key));
    const running = caches.map((cache) => cache.run(signal));
    try {
      await Promise.all(caches.map((cache) => cache.synced(signal)));
    } catch {
      // Stopped before there was anything to keep.
    }
    this.#controller.enqueue(key);
    await Promise.all([this.#controller.run(signal), ...running]);
  }

  async #reconcile(): Promise<ReconcileResult> {
    const { hosts, times = CERTIFICATE_TIMES, logger } = this.#options;
    const secret = this.#secrets.store.get(formatKey(this.#key));
    const present = this.#present(secret);
    const wishes = { hosts, now: this.#clock.now(), times };
    const decision = decideCertificates(present?.facts, wishes);
    const next = await carryOut(decision, present?.certificates, wishes);
    if (present?.facts.stored !== true || decision.kind !== 'Keep') {
      logger.info({ decision: decision.kind }, 'webhook certificates change');
      const won = await this.#store(next, secret);
      if (!won)
        return {
          after: LOOK_AGAIN,
          because: 'another replica has stored certificates that are not seen yet',
        };
    }
    // First those who connect, then the server: it must not show what they do not trust yet.
    await this.#publish(trustBundle(next));
    this.#serve(next);
    if (decision.kind !== 'Keep') return { after: 0, because: 'there may be another step' };
    return { after: decision.until - wishes.now, because: 'the certificates are to be renewed' };
  }

  #serve(certificates: Certificates): void {
    if (certificates.serving.cert !== this.#held?.serving.cert) this.#options.serve(certificates.serving);
    this.#held = certificates;
  }

  /** What all use by the Secret; where that is gone or spoiled, what we serve with. */
  #present(secret: Secret | undefined): PresentCertificates | undefined {
    const { hosts } = this.#options;
    for (const stored of [true, false]) {
      const certificates = stored ? secret && certificatesIn(secret) : this.#held;
      if (certificates === undefined) continue;
      const facts = describeCertificates(certificates, hosts, stored);
      if (facts !== undefined) return { certificates, facts };
    }
    return undefined;
  }

  /** False: another replica was first. @throws ApiError Conflict when it was while we wrote */
  async #store(certificates: Certificates, replaced: Secret | undefined): Promise<boolean> {
    const data = dataOf(certificates);
    const { store } = this.#secrets;
    if (replaced !== undefined) {
      const { resourceVersion } = replaced.metadata;
      store.upsert(await this.#secretClient.mergePatch(this.#key, { metadata: { resourceVersion }, data }));
      return true;
    }
    try {
      const secret = { metadata: this.#key, type: 'kubernetes.io/tls', data };
      store.upsert(await this.#secretClient.create(secret));
      return true;
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      return false;
    }
  }

  async #publish(bundle: string): Promise<void> {
    for (const { client, cache } of this.#configurations) {
      const configuration = cache.store.get(WEBHOOK_CONFIGURATION);
      const patch = configuration === undefined ? [] : caBundlePatch(configuration, bundle);
      if (configuration !== undefined && patch.length > 0) {
        cache.store.upsert(await client.patch(keyOf(configuration), patch));
      }
    }
  }
}

interface PresentCertificates {
  readonly certificates: Certificates;
  readonly facts: CertificateFacts;
}

interface WatchedConfiguration {
  readonly client: ResourceClient<WebhookConfiguration>;
  readonly cache: Reflector<WebhookConfiguration>;
}
