import type { Controller } from '../../runtime/controller.ts';
import type { LeaderElector } from '../../runtime/leader-election.ts';
import type { RequestReport } from '../../kube/transport.ts';
import { measureCaches, type AnyCache } from './caches.ts';
import { measureControllers } from './controllers.ts';
import { countHappenings, type Happenings } from './happenings.ts';
import { Meter, seconds, type Figure } from './meter.ts';
import { measureObjects, type Objects } from './objects.ts';
import { measureProcess } from './process.ts';
import { measureRequests } from './requests.ts';
import { measureAdmission, type AdmissionReport } from './admission.ts';

/** What is looked at whenever somebody reads the metrics. */
export interface Measured {
  readonly caches: readonly AnyCache[];
  readonly controllers: readonly Controller[];
  /** Name of the Lease. */
  readonly lease: string;
  /** Without it this process leads. */
  readonly elector: Pick<LeaderElector, 'isLeader'> | undefined;
  readonly objects: Objects;
  /** The webhooks, of whose certificate it is said when it expires, in milliseconds since 1970. */
  readonly admission: { readonly certificateExpiry: number | undefined };
}

/** All figures that the operator gives to Prometheus. */
export class Metrics {
  readonly #meter = new Meter();
  /** Takes each request to the API server. */
  readonly requested: (report: RequestReport) => void;
  /** Takes each admission request. */
  readonly admitted: (report: AdmissionReport) => void;
  readonly happenings: Happenings;

  /** @param apiServer its host, for the label that client-go gives requests */
  constructor(apiServer: string) {
    measureProcess(this.#meter);
    this.requested = measureRequests(this.#meter, apiServer);
    this.admitted = measureAdmission(this.#meter);
    this.happenings = countHappenings(this.#meter);
  }

  measure({ caches, controllers, lease, elector, objects, admission }: Measured): void {
    measureCaches(this.#meter, caches);
    measureControllers(this.#meter, controllers);
    measureObjects(this.#meter, objects);
    this.#meter.gauge(
      {
        name: 'leader_election_master_status',
        help: 'Whether this replica leads.',
        read: () => [{ labels: { name: lease }, value: (elector?.isLeader ?? true) ? 1 : 0 }],
      },
      'name',
    );
    this.#meter.gauge({
      name: 'medevac_webhook_certificate_expiry_timestamp_seconds',
      help: 'When the certificate of the webhooks expires, in seconds since 1970.',
      read: () => {
        const { certificateExpiry } = admission;
        return certificateExpiry === undefined ? [] : [{ labels: {}, value: seconds(certificateExpiry) }];
      },
    });
  }

  /** What there is to be read. */
  get figures(): readonly Figure[] {
    return this.#meter.figures;
  }

  /** All figures in the text format of Prometheus. */
  text(): Promise<string> {
    return this.#meter.registry.metrics();
  }

  /** What to announce the text as. */
  get contentType(): string {
    return this.#meter.registry.contentType;
  }
}
