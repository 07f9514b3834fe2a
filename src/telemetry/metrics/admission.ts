import { seconds, type Meter } from './meter.ts';

/** One admission request that was answered. */
export interface AdmissionReport {
  /** Path of the webhook. */
  readonly path: string;
  /** HTTP status code of the answer; a refusal is an answer, too: 200. */
  readonly code: number;
  readonly milliseconds: number;
  /** Reason of the refusal. */
  readonly refused?: string | undefined;
}

/** The API server waits 3 to 5 s for an answer. Seconds. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** Figures of admission; what it returns takes the reports. */
export function measureAdmission(meter: Meter): (report: AdmissionReport) => void {
  const total = meter.counter(
    {
      name: 'controller_runtime_webhook_requests_total',
      help: 'Admission requests that were answered, by HTTP status code; a refusal is an answer of 200.',
    },
    'webhook',
    'code',
  );
  const latency = meter.histogram(
    {
      name: 'controller_runtime_webhook_latency_seconds',
      help: 'How long an admission request took from its arrival to its answer.',
      buckets: BUCKETS,
    },
    'webhook',
  );
  const refusals = meter.counter(
    {
      name: 'medevac_admission_refusals_total',
      help: 'Admission requests that were refused, by reason: SourceNotCapable and DestinationNotCapable name the role of a node.',
    },
    'webhook',
    'reason',
  );
  return ({ path, code, milliseconds, refused }) => {
    total.inc({ webhook: path, code: String(code) });
    latency.observe({ webhook: path }, seconds(milliseconds));
    if (refused !== undefined) refusals.inc({ webhook: path, reason: refused });
  };
}
