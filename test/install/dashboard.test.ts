import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ALERTS } from '../../scripts/generate/alerts.ts';
import { ROWS } from '../../scripts/generate/dashboard.ts';
import { Play } from '../e2e/play.ts';
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

    beforeAll(async () => {
      stage = await raiseStage('kubevirt');
      prometheus = await startPrometheus({ targets: [stage.operator.health], rules: RULES });
      const play = new Play(stage, 'scraped');
      await play.rescued();
      await play.ended(await play.migrate('away'));
      await play.settled('Rescued');
      await play.close();
      // A figure that begins with its first event is a rise only from then on.
      await answered('medevac_live_migrations_ended_total{phase="Succeeded"} == 1');
    }, 120_000);
    afterAll(async () => {
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
      // No data was sent by this driver in figures, no guest is to leave its node, nothing was refused.
      const quiet = /bytes_total|evacuations|refusals|downtime/.test(promql);
      const samples = quiet ? await prometheus.query(promql) : await answered(promql);
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
