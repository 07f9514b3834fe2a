import { startApiProxy, type ApiProxy, type Exchange } from '../../support/api-proxy.ts';
import { startOperator, type OperatorSettings, type RunningOperator } from '../../support/operator.ts';
import { raiseScenery, type Scenery } from '../../support/stage.ts';
import type { KubeVirtSimulator } from '../../kubevirt-simulator/simulator.ts';

type Intercept = (exchange: Exchange) => Promise<void>;

/** A cluster whose operator reaches the API server through a proxy only, and can be killed at any moment. */
export interface Ground {
  readonly stage: Scenery;
  readonly simulator: KubeVirtSimulator;
  readonly operator: RunningOperator;
  /** From now on each request of the operator's is given to this. */
  intercept(by: Intercept): void;
  close(): Promise<void>;
}

/** The operator begins to act as soon as it has started: a lease would only make each run wait for its end. */
const ALONE = { 'leader-elect': 'false' };

/** `intercept`: what is given each request from the beginning. */
export async function raiseGround(intercept: Intercept = pass, more: OperatorSettings = {}): Promise<Ground> {
  const stage = await raiseScenery('kubevirt');
  const { controlPlane, admin, driver, simulator } = stage;
  let current = intercept;
  let proxy: ApiProxy | undefined;
  try {
    if (simulator === undefined) throw new Error('no simulator');
    await controlPlane.startGarbageCollector();
    const started = await startApiProxy(controlPlane, (exchange) => current(exchange));
    proxy = started;
    const settings = { ...ALONE, ...more, kubeconfig: started.kubeconfig };
    const operator = await startOperator({ controlPlane, admin, driver, identity: 'faulty', settings });
    await operator.caughtUp();
    await stage.capabilitiesKnown();
    return {
      stage,
      simulator,
      operator,
      intercept: (by) => {
        current = by;
      },
      close: async () => {
        await operator.stop('SIGKILL');
        await started.close();
        await stage.close();
      },
    };
  } catch (error) {
    await proxy?.close();
    await stage.close();
    throw error;
  }
}

/** As if there were no proxy. */
export async function pass(exchange: Exchange): Promise<void> {
  await (exchange.isWatch ? exchange.pass() : exchange.reply(await exchange.forward()));
}
