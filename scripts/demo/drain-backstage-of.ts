import type { DrainBackstage } from './drain-backstage.ts';
import type { DrainProps } from './drain.ts';
import { RealDrain } from './real-drain.ts';
import { SimulatedDrain } from './simulated-drain.ts';

/** How the story of the drain is played on a stage. */
export async function drainBackstageOf({
  stage,
  observer,
  narrator,
}: Omit<DrainProps, 'backstage'>): Promise<DrainBackstage> {
  const { hosts, simulator, driver } = stage;
  if (hosts !== undefined) return RealDrain.prepare(hosts, narrator);
  if (simulator !== undefined) return new SimulatedDrain(stage, simulator, observer);
  throw new Error(`driver ${driver} has nothing to drain`);
}
