import type { Controller } from '../../runtime/controller.ts';
import { seconds, type Meter, type Reading } from './meter.ts';

/** Bounds of controller-runtime, so that dashboards made for it read ours. Seconds. */
const RECONCILE_BUCKETS = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.25, 1.5,
  1.75, 2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60,
];
/** Bounds of client-go's work queue. Seconds. */
const QUEUE_BUCKETS = [1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1, 10];

/** Figures of controllers and of their queues, under the names that controller-runtime made standard. */
export function measureControllers(meter: Meter, controllers: readonly Controller[]): void {
  measureReconciles(meter, controllers);
  measureWaits(meter, controllers);
  lookAtQueues(meter, controllers);
}

function measureReconciles(meter: Meter, controllers: readonly Controller[]): void {
  const total = meter.counter(
    { name: 'controller_runtime_reconcile_total', help: 'Reconciles that have ended, by their result.' },
    'controller',
    'result',
  );
  const errors = meter.counter(
    { name: 'controller_runtime_reconcile_errors_total', help: 'Reconciles that have failed.' },
    'controller',
  );
  const time = meter.histogram(
    {
      name: 'controller_runtime_reconcile_time_seconds',
      help: 'How long a reconcile took.',
      buckets: RECONCILE_BUCKETS,
    },
    'controller',
  );
  for (const controller of controllers) {
    const { name } = controller;
    // A rate has a value from the first failure on only if there was a 0 before.
    errors.inc({ controller: name }, 0);
    controller.onReconcile(({ milliseconds, after, error }) => {
      const failed = error !== undefined;
      const result = failed ? 'error' : after === undefined ? 'success' : 'requeue_after';
      total.inc({ controller: name, result });
      if (failed) errors.inc({ controller: name });
      time.observe({ controller: name }, seconds(milliseconds));
    });
  }
}

function measureWaits(meter: Meter, controllers: readonly Controller[]): void {
  const waited = meter.histogram(
    {
      name: 'workqueue_queue_duration_seconds',
      help: 'How long a key waited for a worker.',
      buckets: QUEUE_BUCKETS,
    },
    'name',
  );
  const worked = meter.histogram(
    {
      name: 'workqueue_work_duration_seconds',
      help: 'How long a key was worked on.',
      buckets: QUEUE_BUCKETS,
    },
    'name',
  );
  for (const controller of controllers) {
    const { name } = controller;
    controller.onReconcile((report) => {
      waited.observe({ name }, seconds(report.waited));
      worked.observe({ name }, seconds(report.milliseconds));
    });
  }
}

function lookAtQueues(meter: Meter, controllers: readonly Controller[]): void {
  const each = (label: string, value: (controller: Controller) => number) => (): Reading[] =>
    controllers.map((controller) => ({ labels: { [label]: controller.name }, value: value(controller) }));
  for (const { name, help, label, value } of GAUGES)
    meter.gauge({ name, help, read: each(label, value) }, label);
  for (const { name, help, label, value } of COUNTS)
    meter.count({ name, help, read: each(label, value) }, label);
}

interface Figure {
  readonly name: string;
  readonly help: string;
  readonly label: 'controller' | 'name';
  readonly value: (controller: Controller) => number;
}

const GAUGES: readonly Figure[] = [
  {
    name: 'controller_runtime_max_concurrent_reconciles',
    help: 'How many objects may be reconciled at a time.',
    label: 'controller',
    value: ({ workers }) => workers,
  },
  {
    name: 'controller_runtime_active_workers',
    help: 'How many objects are being reconciled.',
    label: 'controller',
    value: ({ queue }) => queue.processingTimes().length,
  },
  {
    name: 'workqueue_depth',
    help: 'Keys that wait for a worker.',
    label: 'name',
    value: ({ queue }) => queue.length,
  },
  {
    name: 'workqueue_unfinished_work_seconds',
    help: 'How long what is being worked on has been, all together.',
    label: 'name',
    value: ({ queue }) => seconds(queue.processingTimes().reduce((sum, time) => sum + time, 0)),
  },
  {
    name: 'workqueue_longest_running_processor_seconds',
    help: 'How long the key that has been worked on longest has been.',
    label: 'name',
    value: ({ queue }) => seconds(Math.max(0, ...queue.processingTimes())),
  },
];

const COUNTS: readonly Figure[] = [
  {
    name: 'workqueue_adds_total',
    help: 'Keys that began to wait.',
    label: 'name',
    value: ({ queue }) => queue.stats.adds,
  },
  {
    name: 'workqueue_retries_total',
    help: 'Keys that came back after a failure.',
    label: 'name',
    value: ({ queue }) => queue.stats.retries,
  },
];
