import fc from 'fast-check';
import { EDITS, FIRST_SPEC, RESCUES, type Spec } from './edits.ts';
import { NODES, type Capable, type Ground, type NodeName } from './ground.ts';
import { MISHAPS, type Mishap } from './mishaps.ts';

/** The memory driver reads from the name what goes wrong with a migration. */
export const NAMES = ['vm', 'vm-migration-fails', 'vm-abort-too-late'] as const;

/** What users ask for: specs by name. */
export type Wanted = Map<string, Spec>;

/** One thing that users, admins, accidents and passers-by do. Plain data. */
type Action =
  | {
      readonly kind: 'create' | 'unrescue' | 'remove' | 'abort' | 'forget' | 'forceComplete' | 'destroy';
      readonly name: string;
    }
  | { readonly kind: 'edit'; readonly name: string; readonly change: Partial<Spec> }
  | { readonly kind: 'rescue'; readonly name: string; readonly rescue: Spec['rescue'] }
  | { readonly kind: 'migrate'; readonly name: string; readonly spec: Parameters<Ground['migrate']>[1] }
  | { readonly kind: 'label'; readonly node: NodeName; readonly capable: Capable }
  | { readonly kind: 'ready'; readonly node: NodeName; readonly ready: boolean }
  | { readonly kind: 'cordon' | 'uncordon' | 'drain' | 'endDrain'; readonly node: NodeName }
  | { readonly kind: 'orders' | 'writes'; readonly mishap: Mishap; readonly times: number }
  | { readonly kind: 'webhooks'; readonly up: boolean }
  | { readonly kind: 'restart' };

/** How much happens before it: so many steps of operator and backend, or all that is due within so many milliseconds. */
type Gap = { readonly steps: number } | { readonly milliseconds: number };

type Doing = {
  readonly [K in Action['kind']]: (
    action: Extract<Action, { kind: K }>,
    ground: Ground,
    wanted: Wanted,
  ) => unknown;
};

const DOING: Doing = {
  create: ({ name }, ground, wanted) => apply(name, FIRST_SPEC, ground, wanted),
  edit: ({ name, change }, ground, wanted) => apply(name, { ...wanted.get(name), ...change }, ground, wanted),
  rescue: ({ name, rescue }, ground, wanted) => apply(name, { ...wanted.get(name), rescue }, ground, wanted),
  unrescue: ({ name }, ground, wanted) => {
    const { rescue: _, ...spec } = wanted.get(name) ?? {};
    apply(name, spec, ground, wanted);
  },
  remove: ({ name }, ground, wanted) => {
    wanted.delete(name);
    return ground.remove(name);
  },
  migrate: ({ name, spec }, ground) => ground.migrate(name, spec),
  abort: ({ name }, ground) => ground.interfere(name, 'abort'),
  forget: ({ name }, ground) => ground.interfere(name, 'delete'),
  forceComplete: ({ name }, ground) => ground.interfere(name, 'forceComplete'),
  destroy: ({ name }, ground) => ground.destroy(name),
  label: ({ node, capable }, ground) => ground.label(node, capable),
  ready: ({ node, ready }, ground) => ground.cluster.setNode(node, { ready }),
  cordon: ({ node }, ground) => ground.cluster.setCordon(node, true),
  uncordon: ({ node }, ground) => ground.cluster.setCordon(node, false),
  drain: ({ node }, ground) => ground.drain(node),
  endDrain: ({ node }, ground) => ground.endDrain(node),
  orders: ({ mishap, times }, ground) => ground.orders.luck(mishap, times),
  writes: ({ mishap, times }, ground) => ground.writes.luck(mishap, times),
  webhooks: ({ up }, ground) => {
    ground.webhooksAreUp = up;
  },
  restart: (_, ground) => ground.cluster.operator.restart(),
};

function apply(name: string, spec: Spec, ground: Ground, wanted: Wanted): void {
  if (ground.apply(name, spec)) wanted.set(name, spec);
}

/** Of these the Instance must be there. */
const OF_INSTANCE = ['edit', 'rescue', 'unrescue', 'remove'];

class Command implements fc.AsyncCommand<Wanted, Ground> {
  readonly #action: Action;
  readonly #gap: Gap;

  constructor(action: Action, gap: Gap) {
    this.#action = action;
    this.#gap = gap;
  }

  check(wanted: Wanted): boolean {
    const action = this.#action;
    if (action.kind === 'create') return !wanted.has(action.name);
    return !('name' in action) || !OF_INSTANCE.includes(action.kind) || wanted.has(action.name);
  }

  async run(wanted: Wanted, ground: Ground): Promise<void> {
    const { kind } = this.#action;
    await ('steps' in this.#gap ? ground.go(this.#gap.steps) : ground.pass(this.#gap.milliseconds));
    const act = DOING[kind] as (action: Action, ground: Ground, wanted: Wanted) => unknown;
    await act(this.#action, ground, wanted);
    const [wrong] = ground.wrong();
    if (wrong !== undefined) throw new Error(wrong);
  }

  toString(): string {
    return JSON.stringify([this.#gap, this.#action]);
  }
}

const name = fc.constantFrom('vm', 'vm', ...NAMES);
const node = fc.constantFrom(...NODES);
const times = fc.integer({ min: 1, max: 3 });
const mishap = fc.constantFrom(...MISHAPS);
const gap: fc.Arbitrary<Gap> = fc.oneof(
  fc.record({ steps: fc.integer({ min: 0, max: 12 }) }),
  fc.record({ milliseconds: fc.constantFrom(0, 500, 1_500, 4_000, 20_000, 200_000) }),
);
const migration = fc.record(
  {
    destination: node.map((nodeName) => ({ nodeName })),
    policy: fc.constantFrom({ bandwidth: '256Mi' }, { completionTimeout: '3s' }),
  },
  { requiredKeys: [] },
);

function of(kind: Action['kind'], fields: object = {}): fc.Arbitrary<Action> {
  return fc.record({ kind: fc.constant(kind), ...fields }) as unknown as fc.Arbitrary<Action>;
}

/** Those that are there twice are drawn more often. */
const ACTIONS: readonly fc.Arbitrary<Action>[] = [
  of('create', { name }),
  of('create', { name }),
  of('edit', { name, change: EDITS }),
  of('edit', { name, change: EDITS }),
  of('rescue', { name, rescue: RESCUES }),
  of('rescue', { name, rescue: RESCUES }),
  of('unrescue', { name }),
  of('remove', { name }),
  of('migrate', { name, spec: migration }),
  of('migrate', { name, spec: migration }),
  of('abort', { name }),
  of('forget', { name }),
  of('forceComplete', { name }),
  of('destroy', { name }),
  of('label', { node, capable: fc.constantFrom('Both', 'Source', 'Destination', 'Neither') }),
  of('ready', { node, ready: fc.boolean() }),
  of('cordon', { node }),
  of('uncordon', { node }),
  of('drain', { node }),
  of('endDrain', { node }),
  of('orders', { mishap, times }),
  of('writes', { mishap, times }),
  of('webhooks', { up: fc.boolean() }),
  of('restart'),
];

export const COMMANDS = ACTIONS.map((action) =>
  fc.tuple(action, gap).map(([one, before]) => new Command(one, before)),
);
