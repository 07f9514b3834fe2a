import type { Meter } from './meter.ts';

/** Figures of the process itself, under the names that all Prometheus clients use. */
export function measureProcess(meter: Meter): void {
  const one = (value: () => number) => () => [{ labels: {}, value: value() }];
  meter.count({
    name: 'process_cpu_seconds_total',
    help: 'CPU time of the process, user and system.',
    read: one(() => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    }),
  });
  meter.gauge({
    name: 'process_resident_memory_bytes',
    help: 'Memory of the process.',
    read: one(() => process.memoryUsage.rss()),
  });
  meter.gauge({
    name: 'process_start_time_seconds',
    help: 'When the process was started, in seconds since 1970.',
    read: one(() => performance.timeOrigin / 1000),
  });
  meter.gauge({
    name: 'nodejs_heap_size_used_bytes',
    help: 'Memory that JavaScript objects take.',
    read: one(() => process.memoryUsage().heapUsed),
  });
}
