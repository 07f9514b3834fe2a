import { Metrics } from '../../src/telemetry/metrics/metrics.ts';
import { table } from './markdown.ts';

/** Sections of docs/metrics.md: a table of all figures, by what they are about. */
export function metricsSections(): Record<string, readonly string[]> {
  const metrics = new Metrics('localhost');
  metrics.measure({
    caches: [],
    controllers: [],
    lease: 'medevac',
    elector: undefined,
    objects: {
      instances: { list: () => [] },
      migrations: { list: () => [] },
      nodes: { list: () => [] },
      now: () => 0,
    },
    admission: { certificateExpiry: undefined },
  });
  const rows = metrics.figures
    .toSorted((one, other) => one.name.localeCompare(other.name))
    .map(({ name, type, labels, help }) => [
      `\`${name}\``,
      type,
      labels.map((label) => `\`${label}\``).join(', '),
      help,
    ]);
  const head = ['Name', 'Type', 'Labels', 'What it says'];
  const isOurs = ([name = '']: readonly string[]) => name.startsWith('`medevac_');
  return {
    'of VMs and migrations': table(head, rows.filter(isOurs)),
    'of the operator': table(
      head,
      rows.filter((row) => !isOurs(row)),
    ),
  };
}
