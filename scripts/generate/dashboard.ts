/** A panel of the dashboard: one or more lines over time. */
interface Panel {
  readonly title: string;
  readonly unit: 'short' | 's' | 'bytes' | 'Bps' | 'reqps' | 'percentunit';
  /** Queries by the legend of their lines, which may hold `{{label}}`. */
  readonly lines: Readonly<Record<string, string>>;
}

interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

const JOB = 'job="medevac"';
const rate = (name: string, by: string) => `sum by (${by}) (rate(${name}{${JOB}}[$__rate_interval]))`;
const quantile = (q: number, name: string, by = 'le') =>
  `histogram_quantile(${q}, sum by (${by}) (rate(${name}_bucket{${JOB}}[$__rate_interval])))`;
const known = (name: string, by: string) => `max by (${by}) (${name}{${JOB}})`;

export const ROWS: readonly Row[] = [
  {
    title: 'Virtual machines',
    panels: [
      { title: 'Instances', unit: 'short', lines: { '{{state}}': known('medevac_instances', 'state') } },
      { title: 'Rescues by lease', unit: 'short', lines: { '{{lease}}': known('medevac_rescues', 'lease') } },
      { title: 'Oldest rescue', unit: 's', lines: { age: `max(medevac_rescue_oldest_seconds{${JOB}})` } },
      {
        title: 'Nodes that can exchange rescued VMs',
        unit: 'short',
        lines: { '{{role}}': `sum by (role) (max by (node, role) (medevac_node_capable{${JOB}}))` },
      },
    ],
  },
  {
    title: 'Migrations',
    panels: [
      {
        title: 'LiveMigrations by phase',
        unit: 'short',
        lines: { '{{phase}}': known('medevac_live_migrations', 'phase') },
      },
      {
        title: 'LiveMigrations that ended',
        unit: 'short',
        lines: {
          '{{phase}} {{reason}}': `sum by (phase, reason) (increase(medevac_live_migrations_ended_total{${JOB}}[1h]))`,
        },
      },
      {
        title: 'Length of transfers',
        unit: 's',
        lines: {
          median: quantile(0.5, 'medevac_live_migration_transfer_seconds'),
          '95 %': quantile(0.95, 'medevac_live_migration_transfer_seconds'),
          'under way': `max(medevac_live_migration_oldest_transfer_seconds{${JOB}})`,
        },
      },
      {
        title: 'Downtime of guests',
        unit: 's',
        lines: {
          median: quantile(0.5, 'medevac_live_migration_downtime_seconds'),
          '95 %': quantile(0.95, 'medevac_live_migration_downtime_seconds'),
        },
      },
      {
        title: 'Data sent',
        unit: 'Bps',
        lines: { bytes: `sum(rate(medevac_live_migration_bytes_total{${JOB}}[$__rate_interval]))` },
      },
      {
        title: 'VMs that are to leave their node',
        unit: 'short',
        lines: { '{{reason}}': known('medevac_evacuations', 'reason') },
      },
    ],
  },
  {
    title: 'Admission',
    panels: [
      {
        title: 'Requests',
        unit: 'reqps',
        lines: { '{{webhook}} {{code}}': rate('controller_runtime_webhook_requests_total', 'webhook, code') },
      },
      {
        title: 'Refusals',
        unit: 'reqps',
        lines: { '{{reason}}': rate('medevac_admission_refusals_total', 'reason') },
      },
      {
        title: 'Time to the answer, 99 %',
        unit: 's',
        lines: { '{{webhook}}': quantile(0.99, 'controller_runtime_webhook_latency_seconds', 'le, webhook') },
      },
    ],
  },
  {
    title: 'The operator',
    panels: [
      {
        title: 'Reconciles',
        unit: 'reqps',
        lines: {
          '{{controller}} {{result}}': rate('controller_runtime_reconcile_total', 'controller, result'),
        },
      },
      {
        title: 'Length of reconciles, 99 %',
        unit: 's',
        lines: {
          '{{controller}}': quantile(0.99, 'controller_runtime_reconcile_time_seconds', 'le, controller'),
        },
      },
      {
        title: 'Keys that wait',
        unit: 'short',
        lines: { '{{name}}': `sum by (name) (workqueue_depth{${JOB}})` },
      },
      {
        title: 'Requests to the API server',
        unit: 'reqps',
        lines: { '{{method}} {{code}}': rate('rest_client_requests_total', 'method, code') },
      },
      {
        title: 'CPU',
        unit: 'percentunit',
        lines: { '{{instance}}': rate('process_cpu_seconds_total', 'instance') },
      },
      {
        title: 'Memory',
        unit: 'bytes',
        lines: { '{{instance}}': `sum by (instance) (process_resident_memory_bytes{${JOB}})` },
      },
    ],
  },
];

const LETTERS = 'ABCDEFGH';
const WIDTH = 24;
const COLUMNS = 3;
const HEIGHT = 8;

/** The dashboard as Grafana imports it. */
export function dashboard() {
  let y = 0;
  let id = 0;
  const panels = ROWS.flatMap(({ title, panels: ofRow }) => {
    const top = y;
    y += 1 + Math.ceil(ofRow.length / COLUMNS) * HEIGHT;
    const heading = {
      id: (id += 1),
      type: 'row',
      title,
      collapsed: false,
      gridPos: place(0, top, WIDTH, 1),
      panels: [],
    };
    const below = ofRow.map((panel, index) => {
      const x = (index % COLUMNS) * (WIDTH / COLUMNS);
      const gridPos = place(x, top + 1 + Math.floor(index / COLUMNS) * HEIGHT, WIDTH / COLUMNS, HEIGHT);
      return timeSeries((id += 1), panel, gridPos);
    });
    return [heading, ...below];
  });
  return {
    title: 'medevac',
    uid: 'medevac',
    tags: ['medevac', 'kubernetes', 'virtualization'],
    schemaVersion: 39,
    editable: true,
    refresh: '30s',
    time: { from: 'now-3h', to: 'now' },
    templating: {
      list: [{ name: 'datasource', type: 'datasource', query: 'prometheus', label: 'Data source' }],
    },
    panels,
  };
}

function place(x: number, y: number, w: number, h: number) {
  return { x, y, w, h };
}

function timeSeries(id: number, { title, unit, lines }: Panel, gridPos: ReturnType<typeof place>) {
  const datasource = { type: 'prometheus', uid: '${datasource}' };
  return {
    id,
    type: 'timeseries',
    title,
    gridPos,
    datasource,
    fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
    options: {
      legend: { displayMode: 'list', placement: 'bottom' },
      tooltip: { mode: 'multi', sort: 'desc' },
    },
    targets: Object.entries(lines).map(([legendFormat, expr], index) => ({
      refId: LETTERS.charAt(index),
      datasource,
      expr,
      legendFormat,
    })),
  };
}
