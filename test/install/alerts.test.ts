import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { ALERTS, type Alert } from '../../scripts/generate/alerts.ts';
import { describeWhereThereIs } from '../support/describe-where-there-is.ts';
import { missingForPrometheus, programOf } from './prometheus.ts';

const RULES = join(import.meta.dirname, '../../charts/medevac/files/alerts.yaml');

interface Case {
  readonly alert: string;
  readonly when: string;
  /** Series in promtool's notation, a sample a minute: `a+bxn` is a, then n more, each b higher. */
  readonly series: Readonly<Record<string, string>>;
  readonly at: string;
  /** Labels of what fires, and its description; absent: nothing does. */
  readonly fires?: Readonly<Record<string, string>>;
  readonly says?: string;
}

const pod = (name: string) => `job="medevac", instance="10.0.0.${name}:8081"`;
const leads = (name: string) => `leader_election_master_status{${pod(name)}, name="medevac"}`;
const DAY = 86_400;

const CASES: readonly Case[] = [
  {
    alert: 'MedevacNotLeading',
    when: 'none of two replicas leads',
    series: { [leads('1')]: '1 0x10', [leads('2')]: '0x10' },
    at: '4m',
    fires: {},
    says: 'Nothing that is asked of Instances and LiveMigrations is done. VMs that run go on running.',
  },
  {
    alert: 'MedevacNotLeading',
    when: 'nobody is there to say so',
    series: {},
    at: '3m',
    fires: { name: 'medevac', job: 'medevac' },
  },
  {
    alert: 'MedevacNotLeading',
    when: 'the other one leads',
    series: { [leads('1')]: '0x10', [leads('2')]: '1x10' },
    at: '10m',
  },
  {
    alert: 'MedevacNotLeading',
    when: 'it is handed over within a minute',
    series: { [leads('1')]: '1 1 0x10', [leads('2')]: '0 0 0 1x10' },
    at: '10m',
  },
  {
    alert: 'MedevacWebhookErrors',
    when: 'a webhook fails for ten minutes',
    series: {
      [`controller_runtime_webhook_requests_total{${pod('1')}, webhook="/validate/instances", code="500"}`]:
        '0+60x15',
    },
    at: '10m',
    fires: { webhook: '/validate/instances' },
    says: 'Webhook /validate/instances answers 1 requests a second with an error.',
  },
  {
    alert: 'MedevacWebhookErrors',
    when: 'requests are refused, which is an answer',
    series: {
      [`controller_runtime_webhook_requests_total{${pod('1')}, webhook="/validate/instances", code="200"}`]:
        '0+60x15',
    },
    at: '10m',
  },
  {
    alert: 'MedevacCertificateExpires',
    when: 'it is not renewed thirteen days before its end',
    series: { [`medevac_webhook_certificate_expiry_timestamp_seconds{${pod('1')}}`]: `${13 * DAY}x120` },
    at: '100m',
    fires: {},
    says: 'It expires in 12d 22h 20m 0s; it should have been renewed a month before its end.',
  },
  {
    alert: 'MedevacCertificateExpires',
    when: 'it is renewed in time',
    series: { [`medevac_webhook_certificate_expiry_timestamp_seconds{${pod('1')}}`]: `${29 * DAY}x120` },
    at: '100m',
  },
  {
    alert: 'MedevacReconcileErrors',
    when: 'a controller fails all the time',
    series: { [`controller_runtime_reconcile_errors_total{${pod('1')}, controller="instance"}`]: '0+12x40' },
    at: '30m',
    fires: { controller: 'instance' },
    says: 'Controller instance fails 200m times a second.',
  },
  {
    alert: 'MedevacReconcileErrors',
    when: 'one failed while the API server was away',
    series: {
      [`controller_runtime_reconcile_errors_total{${pod('1')}, controller="instance"}`]: '0 0 40x40',
    },
    at: '30m',
  },
  {
    alert: 'MedevacReconcileErrors',
    when: 'it is another operator that fails',
    series: { 'controller_runtime_reconcile_errors_total{job="other", controller="instance"}': '0+60x40' },
    at: '30m',
  },
  {
    alert: 'MedevacDrainBlocked',
    when: 'two replicas know of two VMs that can not be moved',
    series: {
      [`medevac_evacuations{${pod('1')}, reason="NoCapableDestination"}`]: '2x15',
      [`medevac_evacuations{${pod('2')}, reason="NoCapableDestination"}`]: '2x15',
    },
    at: '12m',
    fires: { reason: 'NoCapableDestination', job: 'medevac' },
    says: '2 Instances can not be moved: NoCapableDestination.',
  },
  {
    alert: 'MedevacDrainBlocked',
    when: 'VMs are moved, or wait for their turn',
    series: {
      [`medevac_evacuations{${pod('1')}, reason="LiveMigration"}`]: '2x15',
      [`medevac_evacuations{${pod('1')}, reason="Waiting"}`]: '20x15',
    },
    at: '12m',
  },
  {
    alert: 'MedevacLiveMigrationFailed',
    when: 'one more has failed',
    series: {
      [`medevac_live_migrations{${pod('1')}, phase="Failed"}`]: '3 3 4x30',
      [`medevac_live_migrations{${pod('2')}, phase="Failed"}`]: '3 3 4x30',
    },
    at: '15m',
    fires: {},
    says: '1 LiveMigrations have failed in a quarter of an hour.',
  },
  {
    alert: 'MedevacLiveMigrationFailed',
    when: 'some have failed long ago',
    series: { [`medevac_live_migrations{${pod('1')}, phase="Failed"}`]: '3 4x30' },
    at: '25m',
  },
  {
    alert: 'MedevacLiveMigrationNotConverging',
    when: 'a transfer goes on and on',
    series: { [`medevac_live_migration_oldest_transfer_seconds{${pod('1')}}`]: '0+60x50' },
    at: '40m',
    fires: { job: 'medevac' },
    says: 'A transfer has been under way for 40m 0s.',
  },
  {
    alert: 'MedevacLiveMigrationNotConverging',
    when: 'one transfer follows another',
    series: { [`medevac_live_migration_oldest_transfer_seconds{${pod('1')}}`]: '0+60x25 0+60x25' },
    at: '50m',
  },
  {
    alert: 'MedevacRescueLeaseExpired',
    when: 'a lease only reports its end',
    series: { [`medevac_rescues{${pod('1')}, lease="expired"}`]: '1x15' },
    at: '12m',
    fires: { lease: 'expired', job: 'medevac' },
    says: '1 Instances are still rescued.',
  },
  {
    alert: 'MedevacRescueLeaseExpired',
    when: 'leases run',
    series: {
      [`medevac_rescues{${pod('1')}, lease="expired"}`]: '0x15',
      [`medevac_rescues{${pod('1')}, lease="running"}`]: '5x15',
    },
    at: '12m',
  },
  {
    alert: 'MedevacCapabilityLost',
    when: 'a node that was a source is none any more',
    series: { [`medevac_node_capable{${pod('1')}, node="node-a", role="source"}`]: '1x5 0x30' },
    at: '30m',
    fires: { node: 'node-a', role: 'source' },
    says: 'Node node-a is no source for rescued VMs any more.',
  },
  {
    alert: 'MedevacCapabilityLost',
    when: 'a node never was capable, and another is gone',
    series: {
      [`medevac_node_capable{${pod('1')}, node="node-a", role="source"}`]: '0x40',
      [`medevac_node_capable{${pod('1')}, node="node-b", role="source"}`]: '1x5 stale',
    },
    at: '30m',
  },
  {
    alert: 'MedevacInstanceUnknown',
    when: 'a node is not heard of',
    series: { [`medevac_instances{${pod('1')}, state="Unknown"}`]: '0 4x15' },
    at: '10m',
    fires: { state: 'Unknown', job: 'medevac' },
    says: '4 Instances are on nodes that are not heard of.',
  },
  {
    alert: 'MedevacInstanceUnknown',
    when: 'all Instances are heard of',
    series: { [`medevac_instances{${pod('1')}, state="Unknown"}`]: '0x15' },
    at: '10m',
  },
];

describeWhereThereIs('Prometheus', missingForPrometheus(), 'the alerts', () => {
  let folder: string;
  const promtool = (...args: string[]) => promisify(execFile)(programOf('promtool'), args);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'medevac-alerts-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('are rules that Prometheus reads', async () => {
    const { stdout } = await promtool('check', 'rules', RULES);
    expect(stdout).toContain(`SUCCESS: ${ALERTS.length} rules found`);
  });

  it('each fire in one case, and not in another', () => {
    const names = (cases: readonly Case[]) => [...new Set(cases.map(({ alert }) => alert))].toSorted();
    const all = ALERTS.map(({ name }) => name).toSorted();
    expect(names(CASES.filter(({ fires }) => fires !== undefined))).toEqual(all);
    expect(names(CASES.filter(({ fires }) => fires === undefined))).toEqual(all);
  });

  it.each(
    CASES.map((row) => ({ ...row, name: `${row.alert}, ${row.fires ? 'when' : 'not when'} ${row.when}` })),
  )('$name', async (row) => {
    const file = join(folder, 'case.yaml');
    await writeFile(file, stringify(promtoolTest(row)));
    const { stdout } = await promtool('test', 'rules', file);
    expect(stdout).toContain('SUCCESS');
  });
});

function promtoolTest({ alert, series, at, fires, says }: Case) {
  const { severity, summary, description }: Partial<Alert> = ALERTS.find(({ name }) => name === alert) ?? {};
  const annotations = {
    summary,
    description: says ?? description,
    runbook_url: `RUNBOOKS#${alert.toLowerCase()}`,
  };
  const firing = { exp_labels: { severity, ...fires }, exp_annotations: annotations };
  return {
    rule_files: [RULES],
    evaluation_interval: '1m',
    tests: [
      {
        interval: '1m',
        input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
        alert_rule_test: [
          { eval_time: at, alertname: alert, exp_alerts: fires === undefined ? [] : [firing] },
        ],
      },
    ],
  };
}
