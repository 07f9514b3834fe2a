import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { aRescue } from '../builders/instance.ts';
import { aLiveMigration } from '../builders/live-migration.ts';
import { startLossyProxy, type LossyProxy } from '../support/lossy-proxy.ts';
import { startOperator, type RunningOperator } from '../support/operator.ts';
import { waitFor } from '../support/wait.ts';
import { useStage } from './use-stage.ts';

const RAISING = 120_000;
const STORY = 120_000;

describe('a replica whose memory is behind what users see', () => {
  const scene = useStage('ahead');
  let proxy: LossyProxy;
  let standby: RunningOperator;

  beforeAll(async () => {
    const { controlPlane, admin, driver } = scene.stage;
    proxy = await startLossyProxy(controlPlane, () => false);
    const settings = { kubeconfig: proxy.kubeconfig };
    // From now on the API server asks this one, which does not lead.
    standby = await startOperator({ controlPlane, admin, driver, identity: 'standby', settings });
  }, RAISING);
  afterAll(async () => {
    await standby.stop();
    await proxy.close();
  }, RAISING);

  /** Holds up the work of KubeVirt on all nodes until what it returns is called. */
  function holdGuests(): () => void {
    const silence = (silent: boolean) => {
      for (const node of ['node-a', 'node-b', 'node-c'])
        scene.stage.simulator?.setHandlerSilent(node, silent);
    };
    silence(true);
    return () => silence(false);
  }

  /** Resolves when a request, that changes nothing, is refused: the standby knows then what for. */
  async function refused(manifest: unknown, why: string): Promise<void> {
    await waitFor(`it is refused: ${why}`, async () => {
      const { code, stderr } = await scene.stage.kubectl(['apply', '--dry-run=server', '-f', '-'], manifest);
      return code !== 0 && stderr.includes(why);
    });
  }

  it(
    'lets in a LiveMigration of an Instance that has just been rescued, and the unrescue of one that was just migrated',
    async () => {
      const play = scene.act();
      const early = aLiveMigration({
        name: `${play.name}-early`,
        namespace: scene.stage.namespace,
        spec: { instanceName: play.name },
      });
      await play.running();
      const boot = holdGuests();
      await play.apply({ rescue: aRescue() });
      await refused(early, `Instance ${play.key} while it is Rescuing`);

      const tellOfInstances = proxy.hold('instances');
      boot();
      await play.instance('it is rescued', ({ status }) => status?.state === 'Rescued');
      const transfer = holdGuests();
      const name = await play.migrate('away');
      tellOfInstances();
      await refused(play.manifest(), `Instance ${play.key} while LiveMigration ${name} is unfinished`);

      const tellOfMigrations = proxy.hold('livemigrations');
      transfer();
      expect((await play.ended(name)).status).toMatchObject({ phase: 'Succeeded', instanceState: 'Rescued' });
      await play.apply();
      tellOfMigrations();
      await play.settled('Running');
    },
    STORY,
  );
});
