import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import type { LiveMigrationStatus } from '../../../src/api/live-migration.ts';
import type { ReflectorStats } from '../../../src/runtime/reflector.ts';
import { Controller } from '../../../src/runtime/controller.ts';
import { FakeClock, settle } from '../../support/fake-clock.ts';
import { linesOf, NOW, someMetrics } from './read-metrics.ts';

describe('requests to the API server', () => {
  it('are counted by code, and one without an answer as such', async () => {
    const metrics = someMetrics();
    const request = { path: '/api/v1/nodes', watch: false, milliseconds: 20 };
    metrics.requested({ ...request, method: 'GET', code: 200 });
    metrics.requested({ ...request, method: 'GET', code: 200 });
    metrics.requested({ ...request, method: 'PATCH', code: 0 });

    expect(await linesOf(metrics, 'rest_client_requests_total')).toEqual([
      'rest_client_requests_total{code="200",method="GET",host="10.0.0.1:6443"} 2',
      'rest_client_requests_total{code="<error>",method="PATCH",host="10.0.0.1:6443"} 1',
    ]);
  });

  it('are timed, and a watch is not: it lasts for minutes', async () => {
    const metrics = someMetrics();
    const request = { path: '/api/v1/nodes', method: 'GET', code: 200 };
    metrics.requested({ ...request, watch: true, milliseconds: 300_000 });
    metrics.requested({ ...request, watch: false, milliseconds: 20 });

    expect(await linesOf(metrics, 'rest_client_request_duration_seconds_sum')).toEqual([
      'rest_client_request_duration_seconds_sum{verb="GET",host="10.0.0.1:6443"} 0.02',
    ]);
  });
});

describe('a controller', () => {
  const clock = new FakeClock();
  const outcomes: Readonly<Record<string, () => Promise<object>>> = {
    done: () => Promise.resolve({}),
    later: () => Promise.resolve({ after: 60_000 }),
    bad: () => Promise.reject(new Error('no')),
  };

  it('tells how its reconciles ended and what its queue was given, in the words of controller-runtime', async () => {
    const logger = pino({ level: 'silent' });
    const reconcile = (key: string) => outcomes[key]?.() ?? Promise.resolve({});
    const controller = new Controller({ name: 'thing', workers: 3, logger, clock, reconcile });
    const metrics = someMetrics({ controllers: [controller] });
    const stop = new AbortController();
    Object.keys(outcomes).forEach((key) => controller.enqueue(key));
    await clock.advance(40);
    const ended = controller.run(stop.signal);
    await settle();
    stop.abort();
    await ended;

    expect(await linesOf(metrics, 'controller_runtime_reconcile_total')).toEqual([
      'controller_runtime_reconcile_total{controller="thing",result="success"} 1',
      'controller_runtime_reconcile_total{controller="thing",result="requeue_after"} 1',
      'controller_runtime_reconcile_total{controller="thing",result="error"} 1',
    ]);
    const figures = [
      'controller_runtime_reconcile_errors_total',
      'controller_runtime_max_concurrent_reconciles',
      'controller_runtime_active_workers',
      'workqueue_depth',
      'workqueue_adds_total',
      'workqueue_retries_total',
      'workqueue_queue_duration_seconds_sum',
    ];
    expect(await linesOf(metrics, ...figures)).toEqual([
      'controller_runtime_reconcile_errors_total{controller="thing"} 1',
      'controller_runtime_max_concurrent_reconciles{controller="thing"} 3',
      'controller_runtime_active_workers{controller="thing"} 0',
      'workqueue_depth{name="thing"} 0',
      'workqueue_adds_total{name="thing"} 3',
      'workqueue_retries_total{name="thing"} 1',
      'workqueue_queue_duration_seconds_sum{name="thing"} 0.12',
    ]);
  });

  it('has a count of failures before there is one, so that the first is seen as a rise', async () => {
    const logger = pino({ level: 'silent' });
    const reconcile = () => Promise.resolve({});
    const metrics = someMetrics({
      controllers: [new Controller({ name: 'thing', workers: 1, logger, clock, reconcile })],
    });

    expect(await linesOf(metrics, 'controller_runtime_reconcile_errors_total')).toEqual([
      'controller_runtime_reconcile_errors_total{controller="thing"} 0',
    ]);
  });

  it('tells how long what it works on has taken so far', async () => {
    const logger = pino({ level: 'silent' });
    const never = () => new Promise<never>(() => undefined);
    const controller = new Controller({ name: 'thing', workers: 2, logger, clock, reconcile: never });
    const metrics = someMetrics({ controllers: [controller] });
    void controller.run(new AbortController().signal);
    controller.enqueue('a');
    await clock.advance(2_000);
    controller.enqueue('b');
    await clock.advance(500);

    expect(await linesOf(metrics, 'workqueue_unfinished_work_seconds')).toEqual([
      'workqueue_unfinished_work_seconds{name="thing"} 3',
    ]);
    expect(await linesOf(metrics, 'workqueue_longest_running_processor_seconds')).toEqual([
      'workqueue_longest_running_processor_seconds{name="thing"} 2.5',
    ]);
  });
});

it('caches tell what they hold, and how often they had to begin anew', async () => {
  const stats: ReflectorStats = { lists: 2, watches: 5, events: 70, failures: 1 };
  const metrics = someMetrics({ caches: [{ name: 'reflector nodes', stats, store: { size: 12 } }] });
  await metrics.text();
  stats.events += 1;

  const figures = ['lists_total', 'watches_total', 'events_total', 'failures_total', 'objects'];
  const names = figures.map((figure) => `reflector_${figure}`);
  expect(await linesOf(metrics, ...names)).toEqual([
    'reflector_lists_total{name="nodes"} 2',
    'reflector_watches_total{name="nodes"} 5',
    'reflector_events_total{name="nodes"} 71',
    'reflector_failures_total{name="nodes"} 1',
    'reflector_objects{name="nodes"} 12',
  ]);
});

describe('admission requests', () => {
  it('are counted by webhook; a refusal with its reason, which names the role', async () => {
    const metrics = someMetrics();
    const path = '/validate/live-migrations';
    metrics.admitted({ path, code: 200, milliseconds: 2 });
    metrics.admitted({ path, code: 200, milliseconds: 4, refused: 'SourceNotCapable' });
    metrics.admitted({ path, code: 500, milliseconds: 1 });

    expect(await linesOf(metrics, 'controller_runtime_webhook_requests_total')).toEqual([
      `controller_runtime_webhook_requests_total{webhook="${path}",code="200"} 2`,
      `controller_runtime_webhook_requests_total{webhook="${path}",code="500"} 1`,
    ]);
    expect(await linesOf(metrics, 'medevac_admission_refusals_total')).toEqual([
      `medevac_admission_refusals_total{webhook="${path}",reason="SourceNotCapable"} 1`,
    ]);
    expect(await linesOf(metrics, 'controller_runtime_webhook_latency_seconds_count')).toEqual([
      `controller_runtime_webhook_latency_seconds_count{webhook="${path}"} 3`,
    ]);
  });
});

describe('a replica', () => {
  it.each([
    { elector: undefined, want: 1 },
    { elector: { isLeader: true }, want: 1 },
    { elector: { isLeader: false }, want: 0 },
  ])('with elector $elector has leader status $want', async ({ elector, want }) => {
    const metrics = someMetrics({ elector });
    expect(await linesOf(metrics, 'leader_election_master_status')).toEqual([
      `leader_election_master_status{name="medevac"} ${want}`,
    ]);
  });

  it('tells when its certificate expires as soon as it has one', async () => {
    const admission: { certificateExpiry: number | undefined } = { certificateExpiry: undefined };
    const metrics = someMetrics({ admission });
    const name = 'medevac_webhook_certificate_expiry_timestamp_seconds';
    expect(await linesOf(metrics, name)).toEqual([]);

    admission.certificateExpiry = NOW;
    expect(await linesOf(metrics, name)).toEqual([`${name} ${NOW / 1000}`]);
  });

  it('tells of its process what every Prometheus client does', async () => {
    const metrics = someMetrics();
    const [cpu = ''] = await linesOf(metrics, 'process_cpu_seconds_total');
    const [memory = ''] = await linesOf(metrics, 'process_resident_memory_bytes');
    expect(Number(cpu.split(' ')[1])).toBeGreaterThan(0);
    expect(Number(memory.split(' ')[1])).toBeGreaterThan(10_000_000);
    expect(await linesOf(metrics, 'process_start_time_seconds')).toEqual([
      `process_start_time_seconds ${performance.timeOrigin / 1000}`,
    ]);
  });
});

describe('what happens', () => {
  it('a LiveMigration that is over is counted with its reason and its figures', async () => {
    const metrics = someMetrics();
    const status: LiveMigrationStatus = {
      observedGeneration: 1,
      phase: 'Succeeded',
      instanceState: 'Rescued',
      transferMilliseconds: 42_000,
      downtimeMilliseconds: 180,
      progress: { memoryProcessedBytes: 700, diskProcessedBytes: 77, observedTime: '2026-01-01T12:00:00Z' },
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          reason: 'AbortTooLate',
          message: '',
          lastTransitionTime: '2026-01-01T12:00:00Z',
        },
      ],
    };
    metrics.happenings.migrationEnded(status);
    metrics.happenings.migrationEnded({ observedGeneration: 1, phase: 'Aborted', instanceState: 'Running' });

    expect(await linesOf(metrics, 'medevac_live_migrations_ended_total')).toEqual([
      'medevac_live_migrations_ended_total{phase="Succeeded",reason="AbortTooLate",rescued="true"} 1',
      'medevac_live_migrations_ended_total{phase="Aborted",reason="",rescued="false"} 1',
    ]);
    const figures = ['transfer_seconds_sum', 'downtime_seconds_sum', 'bytes_total'];
    const names = figures.map((figure) => `medevac_live_migration_${figure}`);
    expect(await linesOf(metrics, ...names)).toEqual([
      'medevac_live_migration_transfer_seconds_sum{phase="Succeeded"} 42',
      'medevac_live_migration_downtime_seconds_sum 0.18',
      'medevac_live_migration_bytes_total 777',
    ]);
  });

  it('each Event is counted by its reason', async () => {
    const metrics = someMetrics();
    const announcement = { type: 'Warning', reason: 'VmVanished', action: 'Start', note: 'gone' } as const;
    metrics.happenings.announced('Instance', announcement);
    metrics.happenings.announced('Instance', announcement);

    expect(await linesOf(metrics, 'medevac_events_total')).toEqual([
      'medevac_events_total{kind="Instance",type="Warning",reason="VmVanished"} 2',
    ]);
  });
});
