import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { aRescue } from '../builders/instance.ts';
import { isFinal } from '../../src/domain/live-migration/decide.ts';
import { requestsOf } from '../support/evidence.ts';
import { OPERATOR_USER } from '../support/installed-control-plane.ts';
import { startLossyProxy, type LossyProxy } from '../support/lossy-proxy.ts';
import { startOperator, type RunningOperator } from '../support/operator.ts';
import { waitFor } from '../support/wait.ts';
import { useStage } from './use-stage.ts';

const RAISING = 120_000;
const STORY = 240_000;

describe('an operator whose every write is carried out, and answered at the second time only', () => {
  const scene = useStage('unheard');
  let proxy: LossyProxy;
  let operator: RunningOperator;
  const asked = new Map<string, number>();

  /** What it tells people, and that it leads, it may lose for good. */
  function isLost(method: string, path: string): boolean {
    if (method === 'GET' || !/\/apis\/(\w+\.)*(kubevirt\.io|medevac\.dev)\//.test(path)) return false;
    const times = (asked.get(`${method} ${path}`) ?? 0) + 1;
    asked.set(`${method} ${path}`, times);
    return times % 2 === 1;
  }

  beforeAll(async () => {
    const { controlPlane, admin, driver } = scene.stage;
    await scene.stage.operator.stop();
    proxy = await startLossyProxy(controlPlane, isLost);
    operator = await startOperator({
      controlPlane,
      admin,
      driver,
      identity: 'unheard',
      settings: { kubeconfig: proxy.kubeconfig },
    });
    await operator.caughtUp();
  }, RAISING);
  afterAll(async () => {
    await operator.stop();
    await proxy.close();
  }, RAISING);

  it(
    'rescues, migrates and unrescues as if all were answered, and does nothing twice',
    async () => {
      const since = Date.now();
      const play = scene.act();
      await play.running();
      const before = await scene.vm();
      const mark = play.mark();
      await play.apply({ rescue: aRescue() });
      const rescued = await play.settled('Rescued');

      const migration = await play.ended(await play.migrate('away'));
      expect(migration.status).toMatchObject({ phase: 'Succeeded', instanceState: 'Rescued' });
      const moved = await play.settled('Rescued');
      expect(moved.status?.node).not.toBe(rescued.status?.node);

      await play.apply();
      await play.settled('Running');
      expect((await scene.vm()).specHash).toBe(before.specHash);
      expect(play.statesSince(mark).filter((state) => state !== 'Running')).toEqual([
        'Rescuing',
        'Rescued',
        'Unrescuing',
      ]);

      const done = await carriedOut(since);
      expect(done.filter((what) => what === 'create virtualmachineinstancemigrations')).toHaveLength(1);
      expect(done.filter((what) => what === 'update virtualmachines/restart')).toHaveLength(2);
      expect(new Set(proxy.lost.map(kindOf))).toEqual(
        new Set([
          'PUT instances',
          'PUT livemigrations',
          'PATCH virtualmachines',
          'POST virtualmachineinstancemigrations',
          'PUT virtualmachines',
        ]),
      );
    },
    STORY,
  );

  it(
    'aborts a migration that it has never seen, and says so only when nothing is under way any more',
    async () => {
      const play = scene.act();
      await play.running();
      scene.stage.simulator?.fail(play.key, { delays: { migrationMs: 120_000 } });
      asked.clear();
      const [since, lostBefore] = [Date.now(), proxy.lost.length];
      const release = proxy.hold('virtualmachineinstancemigrations');
      const name = await play.migrate('unseen');
      await waitFor('the migration was ordered, and the answer lost', () =>
        proxy.lost.slice(lostBefore).some((what) => kindOf(what) === 'POST virtualmachineinstancemigrations'),
      );
      await play.accepted(['patch', 'livemigration', name, '--type=merge', '-p', '{"spec":{"abort":true}}']);
      await waitFor('its abort was ordered', async () =>
        (await carriedOut(since)).includes('delete virtualmachineinstancemigrations'),
      );
      const seen = play.observer.migrations.filter(({ object }) => object.metadata.name === name);
      expect(seen.filter(({ object }) => isFinal(object.status?.phase))).toEqual([]);
      release();

      const ended = await play.ended(name);
      expect(ended.status).toMatchObject({ phase: 'Aborted', outcome: { node: ended.status?.source?.node } });
      const settled = await play.settled('Running');
      expect(settled.status?.node).toBe(ended.status?.source?.node);
      const done = await carriedOut(since);
      expect(done.filter((what) => what === 'create virtualmachineinstancemigrations')).toHaveLength(1);
    },
    STORY,
  );

  /** What the operator's requests have changed, or asked virt-api for. */
  async function carriedOut(since: number): Promise<string[]> {
    const log = await scene.stage.controlPlane.auditLog();
    return requestsOf(log, { user: OPERATOR_USER, since, until: Date.now() })
      .filter(({ responseStatus }) => (responseStatus?.code ?? 0) < 300)
      .map(({ verb, objectRef }) =>
        [`${verb} ${objectRef?.resource ?? ''}`, objectRef?.subresource].filter(Boolean).join('/'),
      );
  }
});

/** `PUT instances` of `PUT /apis/GROUP/VERSION/namespaces/NAMESPACE/instances/NAME/status`. */
function kindOf(request: string): string {
  const [method = '', path = ''] = request.split(' ');
  return `${method} ${path.split('/')[6] ?? ''}`;
}
