import fc from 'fast-check';
import { Command, type Doing } from '../../unit/controllers/any-order/command.ts';
import { RESCUES } from '../../unit/controllers/any-order/edits.ts';
import {
  DOING,
  NODES,
  of,
  userActions,
  type NodeName,
  type UserAction,
} from '../../unit/controllers/any-order/users.ts';
import { BREAKS, type Break, type Victim } from '../stories/accidents.ts';
import { NAMES, type Ground } from './ground.ts';

/** What happens in the lane; KubeVirt's API, which all lanes share, is silenced in `test/faults/control-plane`. */
type Accident =
  | { readonly kind: 'break'; readonly name: string; readonly what: Break }
  | { readonly kind: 'heal'; readonly name: string }
  | { readonly kind: 'strike'; readonly name: string; readonly what: Victim }
  | { readonly kind: 'silence' | 'wake'; readonly node: NodeName }
  | { readonly kind: 'loseImage' | 'findImage' };

type Action = UserAction | Accident;

/** How much happens before it: so many watch events, or all that is under way, if it ends soon. */
type Pause = number | 'Settled';

/** Nothing has been seen for so long: no more will come by itself. Milliseconds. */
const LULL = 300;
/** What is under way ends by then, unless something is wrong. Milliseconds. */
const SOON = 2_000;

const doing: Doing<Action, Ground> = {
  ...DOING,
  break: ({ name, what }, ground) => ground.break(name, BREAKS[what]),
  heal: ({ name }, ground) => ground.heal(name),
  strike: ({ name, what }, ground) => ground.strike(name, what),
  silence: ({ node }, ground) => ground.silence(node, true),
  wake: ({ node }, ground) => ground.silence(node, false),
  loseImage: (_, ground) => ground.loseImage(true),
  findImage: (_, ground) => ground.loseImage(false),
};

async function before(pause: Pause, ground: Ground, { kind }: Action): Promise<void> {
  ground.tally.add(`commands ${kind}`);
  if (pause !== 'Settled') return ground.witness.passed(pause, LULL);
  await settled(ground);
}

/** Resolves when nobody is at work, or soon. A migration that is blocked has a phase, and does not hold the lock. */
export async function settled({ witness }: Ground): Promise<void> {
  const isAtWork = () =>
    witness.instances.some(
      ({ metadata, status }) =>
        status?.operation !== undefined || status?.observedGeneration !== metadata.generation,
    ) || witness.liveMigrations.some(({ status }) => status?.phase === undefined);
  await witness
    .until('nobody is at work', () => (isAtWork() ? undefined : true), SOON)
    .catch(() => undefined);
}

const name = fc.constantFrom(...NAMES);
const node = fc.constantFrom(...NODES);
const PAUSES: fc.Arbitrary<Pause> = fc.oneof(
  fc.integer({ min: 0, max: 12 }),
  fc.constant('Settled' as const),
);

const ACTIONS: readonly fc.Arbitrary<Action>[] = [
  ...userActions(name),
  // What this is about is drawn more often, and so is what makes it possible.
  of('rescue', { name, rescue: RESCUES }),
  of('rescue', { name, rescue: RESCUES }),
  of('migrate', { name, wishes: fc.constant({}) }),
  of('migrate', { name, wishes: fc.constant({}) }),
  of('migrate', { name, wishes: fc.constant({}) }),
  of('uncordon', { node }),
  of('label', { node, capable: fc.constant('Both') }),
  of('heal', { name }),
  of('wake', { node }),
  of('break', { name, what: fc.constantFrom(...Object.keys(BREAKS)) }),
  of('heal', { name }),
  of('strike', {
    name,
    what: fc.constantFrom('VirtualMachineInstance', 'VirtualMachineInstanceMigration', 'Pod'),
  }),
  of('silence', { node }),
  of('wake', { node }),
  of('loseImage'),
  of('findImage'),
];

/** All that may be done. */
export const KINDS = Object.keys(doing) as Action['kind'][];

export const COMMANDS = ACTIONS.map((action) =>
  fc.tuple(action, PAUSES).map(([one, pause]) => new Command({ doing, before }, one, pause)),
);
