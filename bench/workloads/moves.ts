import { LIVE_MIGRATIONS, NODES } from '../../src/api/resources.ts';
import { ResourceClient } from '../../src/kube/resource-client.ts';
import { kubectl } from '../../test/support/kubectl.ts';
import type { Contender } from '../contenders/contender.ts';
import type { Scale } from '../options.ts';
import { shownMigration } from '../stage/shown.ts';
import { eachOf } from '../stage/user.ts';
import { Watcher } from '../stage/watcher.ts';
import { openSession, type Session } from './session.ts';
import type { Phase, Workload } from './workload.ts';

/** Where the simulator starts all VMs. */
const FULL_NODE = 'node-a';
const PATIENCE = 1_800_000;
/** As an admin types it. */
const DRAIN = ['drain', FULL_NODE, '--ignore-daemonsets', '--delete-emptydir-data', '--force'];

interface Order {
  readonly contender: Contender;
  readonly workloads: readonly Workload[];
  readonly scale: Scale;
  readonly say: (what: string) => void;
}

/** Drain and migrations, which the peers do not do: over the whole simulator, which alone plays migrations. */
export async function measureMoves({ contender, workloads, scale, say }: Order): Promise<readonly Phase[]> {
  const session = await openSession({ contender, peers: [], backend: 'Simulator' });
  try {
    const names = Array.from({ length: scale.drained - 1 }, (_, index) => `vm-${index}`);
    say(`preparing ${scale.drained} VMs`);
    await eachOf(names, session.create);
    const all = () => session.watcher.in('Running').size === scale.drained;
    await session.watcher.until('all run', all, PATIENCE);
    const phases: Phase[] = [];
    if (workloads.includes('drain')) phases.push(await drain(session, scale.drained, say));
    if (workloads.includes('migrate')) phases.push(await migrate(session, names, scale.migrations, say));
    return phases;
  } finally {
    await session.close();
  }
}

async function drain(session: Session, objects: number, say: Order['say']): Promise<Phase> {
  say(`drain ${objects}`);
  const { controlPlane, admin } = session.ground;
  const measured = await session.measure(async () => {
    const { code, stderr } = await kubectl(controlPlane, DRAIN);
    if (code !== 0) throw new Error(`kubectl drain: ${stderr.slice(-2_000)}`);
  });
  const spec = { unschedulable: null };
  await new ResourceClient(admin, NODES).mergePatch({ namespace: '', name: FULL_NODE }, { spec });
  return { name: 'drain', objects, total: objects, ...measured };
}

/** Each Instance is migrated again when its last migration is over; all at the same time. */
async function migrate(
  session: Session,
  names: readonly string[],
  count: number,
  say: Order['say'],
): Promise<Phase> {
  say(`migrate ${count}`);
  const { admin, namespace } = session.ground;
  const client = new ResourceClient(admin, LIVE_MIGRATIONS);
  const watcher = new Watcher(admin, LIVE_MIGRATIONS, shownMigration);
  await watcher.start();
  const before = watcher.in('Succeeded').size;
  const ordered = Array.from({ length: count }, (_, index) => index);
  try {
    const measured = await session.measure(async () => {
      for (const round of Map.groupBy(ordered, (index) => Math.floor(index / names.length)).values()) {
        await eachOf(round, async (index) => {
          const instanceName = names[index % names.length] ?? '';
          await client.create({
            metadata: { name: `move-${index}`, namespace },
            ...{ spec: { instanceName } },
          });
        });
        const done = before + (round.at(-1) ?? 0) + 1;
        await watcher.until(`${done} are over`, () => watcher.in('Succeeded').size >= done, PATIENCE);
      }
    });
    return { name: 'migrate', objects: count, total: names.length + 1, ...measured };
  } finally {
    watcher.stop();
  }
}
