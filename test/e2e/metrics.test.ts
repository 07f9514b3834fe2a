import { expect, it } from '@jest/globals';
import { isDeepStrictEqual } from 'node:util';
import { aRescue } from '../builders/instance.ts';
import { OPERATOR_USER } from '../support/installed-control-plane.ts';
import { waitFor } from '../support/wait.ts';
import { useStage } from './use-stage.ts';

const scene = useStage('metrics');

/** Sum of a figure over all whose labels include those given. */
function valueOf(metrics: string, name: string, ...labels: string[]): number {
  const lines = metrics
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  const found = lines.filter((line) => labels.every((label) => line.includes(label)));
  return found.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

it('the metrics of an operator tell the story of a rescued Instance that was migrated', async () => {
  const play = scene.act();
  await play.rescued();
  const refused = await scene.stage.kubectl(['create', '-f', '-', '-n', scene.stage.namespace], {
    apiVersion: 'compute.medevac.dev/v1alpha1',
    kind: 'LiveMigration',
    metadata: { name: 'through-the-old-version' },
    spec: { instanceName: play.name },
  });
  await play.ended(await play.migrate('away'));
  await play.settled('Rescued');

  const metrics = await scene.stage.operator.metrics();

  expect(refused.code).toBe(1);
  const value = (name: string, ...labels: string[]) => valueOf(metrics, name, ...labels);
  expect({
    rescued: value('medevac_instances', 'state="Rescued"'),
    rescues: value('medevac_rescues', 'lease="none"'),
    refusals: value('medevac_admission_refusals_total', 'reason="RescuedNotSupported"'),
    migrations: value('medevac_live_migrations_ended_total', 'phase="Succeeded"', 'rescued="true"'),
    told: value('medevac_events_total', 'kind="LiveMigration"', 'reason="Succeeded"'),
    leads: value('leader_election_master_status'),
    failed: value('controller_runtime_reconcile_errors_total', 'controller="instance"'),
  }).toEqual({ rescued: 1, rescues: 1, refusals: 1, migrations: 1, told: 1, leads: 1, failed: 0 });
  const day = 86_400;
  expect(value('medevac_webhook_certificate_expiry_timestamp_seconds')).toBeGreaterThan(
    Date.now() / 1000 + day,
  );
  expect(value('process_resident_memory_bytes')).toBeGreaterThan(10_000_000);
}, 60_000);

it('its requests are those that the API server has in its audit log', async () => {
  const play = scene.act();
  await play.running();
  await play.apply({ rescue: aRescue() });
  await play.settled('Rescued');

  // Events are sent in the background: the last may be on its way.
  const counted = await waitFor('the figures and the audit log agree', async () => {
    const log = await scene.stage.controlPlane.auditLog();
    const own = log.filter(({ user }) => user.username === OPERATOR_USER);
    const count = (verb: string) => own.filter((event) => event.verb === verb).length;
    const logged = [count('patch'), count('update')];
    const metrics = await scene.stage.operator.metrics();
    const sent = ['PATCH', 'PUT'].map((method) =>
      valueOf(metrics, 'rest_client_requests_total', `method="${method}"`),
    );
    return isDeepStrictEqual(sent, logged) && logged;
  });
  // Of two Instances that were made and rescued, each of the four steps took three writes or more.
  const [patches = 0, updates = 0] = counted;
  expect(patches + updates).toBeGreaterThanOrEqual(12);
}, 60_000);
