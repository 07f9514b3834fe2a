import fc from 'fast-check';
import { Command, type Doing } from './command.ts';
import type { Ground } from './ground.ts';
import { MISHAPS, type Mishap } from './mishaps.ts';
import { DOING, NODES, of, userActions, type NodeName, type UserAction } from './users.ts';

/** The memory driver reads from the name what goes wrong with a migration. */
export const NAMES = ['vm', 'vm-migration-fails', 'vm-abort-too-late'] as const;

/** What happens to the cluster itself. */
type Accident =
  | { readonly kind: 'ready'; readonly node: NodeName; readonly ready: boolean }
  | { readonly kind: 'orders' | 'writes'; readonly mishap: Mishap; readonly times: number }
  | { readonly kind: 'webhooks'; readonly up: boolean }
  | { readonly kind: 'restart' };

type Action = UserAction | Accident;

/** How much happens before it: so many steps of operator and backend, or all that is due within so many milliseconds. */
type Gap = { readonly steps: number } | { readonly milliseconds: number };

const doing: Doing<Action, Ground> = {
  ...DOING,
  ready: ({ node, ready }, ground) => ground.cluster.setNode(node, { ready }),
  orders: ({ mishap, times }, ground) => ground.orders.luck(mishap, times),
  writes: ({ mishap, times }, ground) => ground.writes.luck(mishap, times),
  webhooks: ({ up }, ground) => {
    ground.webhooksAreUp = up;
  },
  restart: (_, ground) => ground.cluster.operator.restart(),
};

function before(gap: Gap, ground: Ground): Promise<void> {
  return 'steps' in gap ? ground.go(gap.steps) : ground.pass(gap.milliseconds);
}

const node = fc.constantFrom(...NODES);
const times = fc.integer({ min: 1, max: 3 });
const mishap = fc.constantFrom(...MISHAPS);
const GAPS: fc.Arbitrary<Gap> = fc.oneof(
  fc.record({ steps: fc.integer({ min: 0, max: 12 }) }),
  fc.record({ milliseconds: fc.constantFrom(0, 500, 1_500, 4_000, 20_000, 200_000) }),
);

const ACTIONS: readonly fc.Arbitrary<Action>[] = [
  ...userActions(fc.constantFrom('vm', 'vm', ...NAMES)),
  of('ready', { node, ready: fc.boolean() }),
  of('orders', { mishap, times }),
  of('writes', { mishap, times }),
  of('webhooks', { up: fc.boolean() }),
  of('restart'),
];

export const COMMANDS = ACTIONS.map((action) =>
  fc.tuple(action, GAPS).map(([one, gap]) => new Command({ doing, before }, one, gap)),
);
