import { readVm } from '../../test/support/evidence.ts';
import type { Stage } from '../../test/support/stage.ts';
import { KEY, type Backstage } from './backstage.ts';
import type { Narrator } from './narrator.ts';
import { RealGuest } from './real-guest.ts';

/** Where no guest has anything to say. */
const SIMULATED: Omit<Backstage, 'evidence'> = {
  manifests: {
    storage: 'examples/web-1-storage.yaml',
    normal: 'examples/web-1.yaml',
    rescued: 'examples/web-1-rescued.yaml',
    toIncapable: 'examples/web-1-to-node-d.yaml',
    away: 'examples/web-1-away.yaml',
  },
  patience: 30_000,
  factsAfter: () => Promise.resolve([]),
  ruin: () => Promise.resolve(),
  close: () => undefined,
};

/** How the story is played on a stage. */
export async function backstageOf({ admin, driver, hosts }: Stage, narrator: Narrator): Promise<Backstage> {
  if (hosts !== undefined) return RealGuest.prepare(hosts, narrator);
  const evidence = () => (driver === 'kubevirt' ? readVm(admin, KEY) : Promise.resolve(undefined));
  return { ...SIMULATED, evidence };
}
