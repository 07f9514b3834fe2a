/** An alert: its rule for Prometheus, and what to do about it. Docs and the chart are generated from here. */
export interface Alert {
  readonly name: string;
  readonly expr: string;
  /** How long it must hold, as Prometheus writes durations. */
  readonly holds: string;
  readonly severity: 'critical' | 'warning' | 'info';
  readonly summary: string;
  /** May hold Prometheus' `{{ $labels.… }}` and `{{ $value }}`. */
  readonly description: string;
  /** What it means for users. */
  readonly meaning: string;
  /** What to do, step by step. */
  readonly steps: readonly string[];
}

/** All replicas know what is in the API, from their caches: one answer is enough. */
const ONE_REPLICA = 'without (instance, pod, container, endpoint)';
const DAY = 86_400;

export const ALERTS: readonly Alert[] = [
  {
    name: 'MedevacNotLeading',
    expr: 'max(leader_election_master_status{job="medevac", name="medevac"}) == 0 or absent(leader_election_master_status{job="medevac", name="medevac"})',
    holds: '2m',
    severity: 'critical',
    summary: 'No replica of medevac leads.',
    description: 'Nothing that is asked of Instances and LiveMigrations is done. VMs that run go on running.',
    meaning:
      'Rescues, unrescues, migrations and drains wait. What is refused at admission is still refused as long as a replica is up; guests are not touched.',
    steps: [
      'See whether the pods run: `kubectl get pods -n medevac-system`.',
      'See who holds the Lease, and since when: `kubectl get lease medevac -n medevac-system -o yaml`.',
      'Read why nobody takes it: `kubectl logs -n medevac-system -l app.kubernetes.io/name=medevac --prefix --tail=-1`; "lease not written" has the answer of the API server.',
    ],
  },
  {
    name: 'MedevacWebhookErrors',
    expr: 'sum by (webhook) (rate(controller_runtime_webhook_requests_total{job="medevac", code=~"5.."}[5m])) > 0',
    holds: '5m',
    severity: 'critical',
    summary: 'Admission requests can not be judged.',
    description:
      'Webhook {{ $labels.webhook }} answers {{ $value | humanize }} requests a second with an error.',
    meaning:
      'Changes of Instances and LiveMigrations fail with an internal error. Status, finalizers and deletion are not asked about and go on.',
    steps: [
      'The text that users see names a uid: look for it, or for "request could not be judged", in `kubectl logs -n medevac-system -l app.kubernetes.io/name=medevac --prefix --tail=-1`.',
      'Roll back where it began with an upgrade, and report it with the log line: it is a bug.',
    ],
  },
  {
    name: 'MedevacCertificateExpires',
    expr: `min(medevac_webhook_certificate_expiry_timestamp_seconds{job="medevac"}) - time() < ${14 * DAY}`,
    holds: '1h',
    severity: 'critical',
    summary: 'The certificate of the webhooks is not renewed.',
    description:
      'It expires in {{ $value | humanizeDuration }}; it should have been renewed a month before its end.',
    meaning: 'When it has expired, every change of an Instance or LiveMigration is refused.',
    steps: [
      'Read why it is not renewed: `kubectl logs -n medevac-system -l app.kubernetes.io/name=medevac --prefix --tail=-1 | grep webhook-certificate`.',
      'See whether the operator may write its Secret: `kubectl auth can-i patch secrets/medevac-webhook-certificate -n medevac-system --as system:serviceaccount:medevac-system:medevac`.',
      'As a last resort delete the Secret: `kubectl delete secret medevac-webhook-certificate -n medevac-system`; the operator makes another one at once.',
    ],
  },
  {
    name: 'MedevacReconcileErrors',
    expr: 'sum by (controller) (rate(controller_runtime_reconcile_errors_total{job="medevac"}[10m])) > 0.1',
    holds: '15m',
    severity: 'warning',
    summary: 'Reconciles fail again and again.',
    description: 'Controller {{ $labels.controller }} fails {{ $value | humanize }} times a second.',
    meaning:
      'Some objects do not get on. An outage of the API server shows in the same way, and passes with it.',
    steps: [
      'See what fails, with its key: `kubectl logs -n medevac-system -l app.kubernetes.io/name=medevac --prefix --tail=-1 | grep "reconcile failed"`.',
      'A 403 is a missing right: compare the ClusterRole with that of the chart. Anything else that stays is a bug: report it.',
    ],
  },
  {
    name: 'MedevacDrainBlocked',
    expr: `max ${ONE_REPLICA} (medevac_evacuations{job="medevac", reason!~"LiveMigration|Waiting|InstanceNotStarted"}) > 0`,
    holds: '10m',
    severity: 'warning',
    summary: 'VMs stay on a node that is being drained.',
    description: '{{ $value }} Instances can not be moved: {{ $labels.reason }}.',
    meaning: 'The drain does not end. No VM is powered off for it.',
    steps: [
      'See which, and why: `kubectl get instances -A -o wide`, and the condition: `kubectl describe instance NAME -n NAMESPACE`.',
      'Do what the text says: its reason is explained in [messages](messages.md). A label that is put on a node is taken up at once.',
      'To give up: `kubectl uncordon NODE`.',
    ],
  },
  {
    name: 'MedevacLiveMigrationFailed',
    expr: 'max(delta(medevac_live_migrations{job="medevac", phase="Failed"}[15m])) > 0',
    holds: '0m',
    severity: 'warning',
    summary: 'Live migrations fail.',
    description: '{{ $value | humanize }} LiveMigrations have failed in a quarter of an hour.',
    meaning:
      'The guests go on where they were, in the mode in which they were, unless the reason is GuestLost.',
    steps: [
      'See which: `kubectl get livemigrations -A`, and why: `kubectl describe livemigration NAME -n NAMESPACE`.',
      'With reason GuestLost the guest runs nowhere: see its Instance; it is booted again by itself where its spec says that it should run.',
    ],
  },
  {
    name: 'MedevacLiveMigrationNotConverging',
    expr: `max ${ONE_REPLICA} (medevac_live_migration_oldest_transfer_seconds{job="medevac"}) > 1800`,
    holds: '5m',
    severity: 'warning',
    summary: 'A live migration takes very long.',
    description: 'A transfer has been under way for {{ $value | humanizeDuration }}.',
    meaning:
      'The guest may write its memory faster than it can be sent. It runs, more slowly where autoConverge is on.',
    steps: [
      'Find it: `kubectl get livemigrations -A`, and see whether what remains gets less.',
      'Abort it (`kubectl patch livemigration NAME -n NAMESPACE --type merge -p \'{"spec":{"abort":true}}\'`) and try again when the guest has less to do, or with `policy.postCopy` where the driver can.',
    ],
  },
  {
    name: 'MedevacRescueLeaseExpired',
    expr: `max ${ONE_REPLICA} (medevac_rescues{job="medevac", lease="expired"}) > 0`,
    holds: '10m',
    severity: 'info',
    summary: 'A rescue goes on although its lease has expired.',
    description: '{{ $value }} Instances are still rescued.',
    meaning:
      'Their lease only reports (`onExpiry: Keep`), or a migration that is under way holds its end back.',
    steps: [
      'Find them by condition Rescued, reason LeaseExpired: `kubectl describe instances -A`.',
      'Remove `spec.rescue` where the rescue is not needed any more.',
    ],
  },
  {
    name: 'MedevacCapabilityLost',
    expr: 'max by (node, role) (medevac_node_capable{job="medevac"}) == 0 and max by (node, role) (max_over_time(medevac_node_capable{job="medevac"}[1h])) == 1',
    holds: '15m',
    severity: 'warning',
    summary: 'A node can not exchange rescued VMs any more.',
    description: 'Node {{ $labels.node }} is no {{ $labels.role }} for rescued VMs any more.',
    meaning: 'Rescued VMs can not leave it (source) or come to it (destination); running ones can.',
    steps: [
      'See why: `kubectl describe node NODE` has an Event of it.',
      'On KubeVirt see whether its virt-handler is Ready and new enough: `kubectl get pods -n kubevirt -o wide`. During an upgrade this is expected, node by node.',
    ],
  },
  {
    name: 'MedevacInstanceUnknown',
    expr: `max ${ONE_REPLICA} (medevac_instances{job="medevac", state="Unknown"}) > 0`,
    holds: '5m',
    severity: 'warning',
    summary: 'Nothing is known of a VM.',
    description: '{{ $value }} Instances are on nodes that are not heard of.',
    meaning: 'Whether they run nobody knows; they are not booted elsewhere before the node is fenced.',
    steps: [
      'See which node: `kubectl get instances -A`, `kubectl get nodes`.',
      'Where it is off for good, say so: `kubectl taint node NODE node.kubernetes.io/out-of-service=nodeshutdown:NoExecute`, or delete the Node. Never while it may run.',
    ],
  },
];

/** The rules as Prometheus reads them. */
export function alertRules(runbooks: string) {
  return {
    groups: [
      {
        name: 'medevac',
        rules: ALERTS.map(({ name, expr, holds, severity, summary, description }) => ({
          alert: name,
          expr,
          for: holds,
          labels: { severity },
          annotations: { summary, description, runbook_url: `${runbooks}#${name.toLowerCase()}` },
        })),
      },
    ],
  };
}

/** Markdown of docs/alerts.md. */
export function alertsPage(): string {
  const intro = [
    '# Alerts',
    '',
    '<!-- Generated by `npm run generate` from scripts/generate/alerts.ts; do not edit. -->',
    '',
    'The rules are in the chart (`alerts.enabled`), for the Prometheus operator. Each alert links to its section here. The',
    'commands take `medevac-system` for the namespace that the operator is installed in.',
  ];
  return [...intro, ...ALERTS.flatMap(section), ''].join('\n');
}

function section({ name, severity, summary, meaning, expr, holds, steps }: Alert): string[] {
  const numbered = steps.map((step, index) => `${index + 1}. ${step}`);
  const when = holds === '0m' ? 'At once' : `After ${holds}`;
  return [
    '',
    `## ${name}`,
    '',
    `${summary} Severity \`${severity}\`.`,
    '',
    meaning,
    '',
    ...numbered,
    '',
    `${when}:`,
    '',
    '```promql',
    expr,
    '```',
  ];
}
