import type { RequestReport } from '../../kube/transport.ts';
import { seconds, type Meter } from './meter.ts';

/** Bounds of client-go. Seconds. */
const BUCKETS = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60];

/** Figures of the requests to the API server, under the names that client-go gave them. Returns what takes the reports. */
export function measureRequests(meter: Meter, host: string): (report: RequestReport) => void {
  const total = meter.counter(
    {
      name: 'rest_client_requests_total',
      help: 'Requests to the API server, repeats one by one; code <error> where there was no answer.',
    },
    'code',
    'method',
    'host',
  );
  const time = meter.histogram(
    {
      name: 'rest_client_request_duration_seconds',
      help: 'How long a request took until it was answered; watches are left out.',
      buckets: BUCKETS,
    },
    'verb',
    'host',
  );
  return ({ method, code, watch, milliseconds }) => {
    total.inc({ code: code === 0 ? '<error>' : String(code), method, host });
    if (!watch) time.observe({ verb: method, host }, seconds(milliseconds));
  };
}
