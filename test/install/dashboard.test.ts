import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ALERTS } from '../../scripts/generate/alerts.ts';
import { ROWS } from '../../scripts/generate/dashboard.ts';
import { aRescue } from '../builders/instance.ts';
import { aLiveMigration } from '../builders/live-migration.ts';
import { interruptibleDrain } from '../e2e/drained.ts';
import { conditionOf, Play } from '../e2e/play.ts';
import { describeWhereThereIs } from '../support/describe-where-there-is.ts';
import { raiseStage, type Stage } from '../support/stage.ts';
import { waitFor } from '../support/wait.ts';
import { missingForPrometheus, startPrometheus, type RunningPrometheus } from './prometheus.ts';

const RULES = join(import.meta.dirname, '../../charts/medevac/files/alerts.yaml');

/** Grafana fills it in: at least four scrapes. */
const RATE_INTERVAL = '10s';

const QUERIES = ROWS.flatMap(({ panels }) => panels).flatMap(({ title, lines }) =>
  Object.entries(lines).map(([legend, expr]) => ({ title, legend, expr })),
);

describeWhereThereIs(
  'Prometheus',
  missingForPrometheus(),
  'a Prometheus that scrapes an operator at work',
  () => {
    let stage: Stage;
    let prometheus: RunningPrometheus;
    let drain: ReturnType<typeof interruptibleDrain>;

    beforeAll(async () => {
      stage = await raiseStage('kubevirt');
      prometheus = await startPrometheus({ targets: [stage.operator.health], rules: RULES });
      const play = new Play(stage, 'scraped');
      await play.rescued();
      await play.ended(await play.migrate('away'));
      const { status } = await play.settled('Rescued');
      await stage.kubectl(['create', '-f', '-', '-n', stage.namespace], {
        ...aLiveMigration({ name: 'refused', namespace: stage.namespace, spec: { instanceName: play.name } }),
        apiVersion: 'compute.medevac.dev/v1alpha1',
      });
      await play.apply({ rescue: aRescue(), evacuation: { policy: 'Block' } });
      drain = interruptibleDrain({ stage }, status?.node ?? '');
      await play.instance(
        'a drain is blocked by it',
        (instance) => conditionOf(instance, 'Evacuating')?.reason === 'PolicyBlock',
      );
      await play.close();
      // A figure that begins with its first event is a rise only from then on.
      await answered('medevac_live_migrations_ended_total{phase="Succeeded"} == 1');
    }, 120_000);
    afterAll(async () => {
      drain.ctrlC();
      await drain.printed;
      await prometheus.stop();
      await stage.close();
    });

    async function answered(promql: string) {
      return waitFor(`an answer to ${promql}`, async () => {
        const samples = await prometheus.query(promql);
        return samples.length > 0 && samples;
      });
    }

    it('reads what is there: nobody had to be told of it', async () => {
      const [rescued] = await answered('medevac_instances{state="Rescued"} == 1');
      expect(rescued?.metric).toMatchObject({ job: 'medevac', state: 'Rescued' });
    });

    it.each(QUERIES)('has an answer for the dashboard: $title, $legend', async ({ expr }) => {
      const promql = expr.replaceAll('$__rate_interval', RATE_INTERVAL);
      const samples = await answered(promql);
      expect(samples.every(({ metric }) => metric['job'] === undefined || metric['job'] === 'medevac')).toBe(
        true,
      );
    });

    it('has all alerts, can evaluate each, and none fires', async () => {
      const rules = await waitFor('each rule is evaluated', async () => {
        const found = await prometheus.rules();
        return found.every(({ health }) => health !== 'unknown') && found;
      });
      expect(rules.map(({ name, health, lastError }) => ({ name, health, lastError }))).toEqual(
        ALERTS.map(({ name }) => ({ name, health: 'ok', lastError: undefined })),
      );
      expect(await prometheus.query('ALERTS{alertstate="firing"}')).toEqual([]);
    });
  },
);
