import type { InstanceState } from '../../src/api/instance.ts';
import { parseInstance } from '../../src/controllers/resources.ts';
import { aRescue } from '../builders/instance.ts';
import { readVm } from '../support/evidence.ts';
import { kubectl, type Printed } from '../support/kubectl.ts';
import { waitFor } from '../support/wait.ts';
import type { Play } from './play.ts';
import type { Scene } from './use-stage.ts';

const NODES = ['node-a', 'node-b', 'node-c', 'node-d'];

/** What an admin types who drains a node with VMs on it. */
const FLAGS = ['--ignore-daemonsets', '--delete-emptydir-data', '--force'];

/** An Instance on a node that is going to be drained. */
export interface Inhabitant {
  readonly play: Play;
  readonly state: InstanceState;
  /** uid of its VirtualMachineInstance: another boot would have another. */
  readonly boot: string;
  /** Every state that it was seen in since then. */
  statesSince(): string[];
  /** Where it is now, and by which boot. */
  whereabouts(): Promise<{ node: string; boot: string }>;
}

/** Makes Instances that are all on one node; every other one takes no VMs meanwhile. */
export async function gather(
  scene: Scene,
  node: string,
  states: readonly ('Running' | 'Rescued')[],
  spec: Parameters<Play['apply']>[0] = {},
): Promise<Inhabitant[]> {
  await cordonAllBut(scene, node);
  const inhabitants = [];
  for (const state of states) inhabitants.push(await settle(scene, node, state, spec));
  await uncordonAll(scene);
  return inhabitants;
}

/** What boots goes to that node. */
export async function cordonAllBut(scene: Scene, node: string): Promise<void> {
  for (const name of NODES) await setCordon(scene, name, name !== node);
}

export async function uncordonAll(scene: Scene): Promise<void> {
  for (const name of NODES) await setCordon(scene, name, false);
}

/** Transfers of so long leave the time to do something meanwhile. */
export function slowDown({ stage }: Scene, keys: readonly string[], migrationMs: number): void {
  for (const key of keys) stage.simulator?.fail(key, { delays: { migrationMs } });
}

/** An Instance and the node that it is on its way to. */
interface Flying {
  readonly one: Inhabitant;
  readonly destination: string;
}

/** Those that are on their way to a node that is known, as soon as `count` are. */
export function inFlight(inhabitants: readonly Inhabitant[], count: number): Promise<Flying[]> {
  return waitFor(`${count} are on their way`, () => {
    const flying = inhabitants.flatMap((one) => {
      const { name, observer } = one.play;
      const seen = observer.migrations.findLast(({ object }) => object.spec.instanceName === name)?.object;
      const { phase, destination } = seen?.status ?? {};
      return phase === 'Running' && destination !== undefined ? [{ one, destination: destination.node }] : [];
    });
    return flying.length === count && flying;
  });
}

async function settle(
  scene: Scene,
  node: string,
  state: 'Running' | 'Rescued',
  spec: Parameters<Play['apply']>[0] = {},
): Promise<Inhabitant> {
  const play = scene.act();
  await play.apply({ placement: {}, ...spec });
  await play.settled('Running');
  if (state === 'Rescued') await play.apply({ placement: {}, ...spec, rescue: aRescue() });
  const settled = await play.settled(state);
  if (settled.status?.node !== node) throw new Error(`${play.name} is not on ${node}`);
  const { vmUid: boot } = await bootOf(scene, play);
  const mark = play.mark();
  return {
    play,
    state,
    boot,
    statesSince: () => play.statesSince(mark),
    whereabouts: async () => ({ node: await nodeOf(scene, play), boot: (await bootOf(scene, play)).vmUid }),
  };
}

function bootOf({ stage }: Scene, { name }: Play) {
  return readVm(stage.admin, { namespace: stage.namespace, name });
}

/** Where it is when nothing is being done to it. */
function nodeOf({ stage }: Scene, { name }: Play): Promise<string> {
  return waitFor(`${name} is somewhere`, async () => {
    const { stdout } = await stage.kubectl(['get', 'instance', name, '-n', stage.namespace, '-o', 'json']);
    const { status } = parseInstance(JSON.parse(stdout));
    return status?.operation === undefined && status?.node;
  });
}

/** Whether a node takes VMs. */
export async function setCordon({ stage }: Scene, node: string, cordoned: boolean): Promise<void> {
  await stage.simulator?.nodes.setUnschedulable(node, cordoned);
}

/** Drains a node as an admin types it. */
export function drain({ stage }: Scene, node: string, ...flags: readonly string[]): Promise<Printed> {
  return kubectl(stage.controlPlane, ['drain', node, ...FLAGS, '--timeout=60s', ...flags]);
}

/** One that was gathered. */
export function nth<T>(gathered: readonly T[], index: number): T {
  const found = gathered[index];
  if (found === undefined) throw new Error(`only ${gathered.length} were gathered`);
  return found;
}

/** The same, and the key that ends it. */
export function interruptibleDrain(
  { stage }: Pick<Scene, 'stage'>,
  node: string,
): { readonly printed: Promise<Printed>; readonly ctrlC: () => void } {
  const interrupt = new AbortController();
  const printed = kubectl(stage.controlPlane, ['drain', node, ...FLAGS], { interrupt: interrupt.signal });
  return { printed, ctrlC: () => interrupt.abort() };
}

/** How many of them were migrating at the same time, as the watches have shown it. */
export function mostAtOnce(inhabitants: readonly Inhabitant[]): number {
  const [first] = inhabitants;
  const migrating = new Set<string>();
  let most = 0;
  for (const { object } of first?.play.observer.instances ?? []) {
    const { name } = object.metadata;
    migrating[object.status?.operation?.type === 'Migrate' ? 'add' : 'delete'](name);
    most = Math.max(most, migrating.size);
  }
  return most;
}

/** For the next test: no Instance, and every node takes VMs. */
export async function clearTheStage(scene: Scene): Promise<void> {
  const { stage } = scene;
  await stage.kubectl(['delete', 'instances', '--all', '-n', stage.namespace]);
  // Nobody collects garbage here.
  await kubectl(stage.controlPlane, ['delete', 'vm', '--all', '-n', stage.namespace]);
  await uncordonAll(scene);
  await waitFor(
    'the VMs are gone',
    async () => {
      const { stdout } = await kubectl(stage.controlPlane, [
        'get',
        'pods',
        '-n',
        stage.namespace,
        '-o',
        'name',
      ]);
      return stdout === '';
    },
    { timeoutMs: 30_000 },
  );
}
