import type { User } from './users/users.ts';
import type { NodeName, Part } from './world/world.ts';

/** How large the world is: who acts, what lags behind, and how often something goes wrong. */
export interface Limits {
  readonly users: readonly User[];
  /** Caches that may lag behind. */
  readonly slow: readonly Part[];
  /** Crashes, lost answers and accidents that one history may have. */
  readonly faults: number;
  readonly nodes: readonly NodeName[];
}

export interface Model {
  readonly name: string;
  readonly limits: Limits;
  /** Fewer states would mean that the model has lost a part of its world. */
  readonly least: number;
}

const TWO: readonly NodeName[] = ['node-a', 'node-b'];

export function limits(fields: Partial<Limits>): Limits {
  return { users: ['rescue', 'migrate'], slow: [], faults: 0, nodes: TWO, ...fields };
}

/**
 * Several small worlds instead of one large one: each has what may meet in it, and what can't meet is not multiplied.
 * Admission is down in all of them. Leases, adoption, shared disks and lost nodes are to be added as users, steps,
 * properties and mutants of their own, with a model each.
 */
export const MODELS: readonly Model[] = [
  {
    name: 'users who change everything, and nothing breaks',
    limits: limits({ users: ['rescue', 'power', 'labels', 'migrate'] }),
    least: 20_000,
  },
  {
    name: 'users who rescue and migrate, and one crash, lost answer or accident at any point',
    limits: limits({ faults: 1 }),
    least: 20_000,
  },
  {
    name: 'edits of the hardware, which wait for the next boot',
    limits: limits({ users: ['rescue', 'edit', 'migrate'] }),
    least: 8_000,
  },
  {
    name: 'two LiveMigrations that race',
    limits: limits({ users: ['race'] }),
    least: 1_000,
  },
  { name: 'a VM and a guest that are seen late', limits: limits({ slow: ['vm', 'guest'] }), least: 5_000 },
  { name: 'a migration that is seen late', limits: limits({ slow: ['migration'] }), least: 10_000 },
  { name: 'an Instance that is seen late', limits: limits({ slow: ['instance'] }), least: 5_000 },
  {
    name: 'a migration that is seen late, and one crash, lost answer or accident',
    limits: limits({ users: ['migrate'], slow: ['migration'], faults: 1 }),
    least: 20_000,
  },
  {
    name: 'LiveMigrations that are seen late, and one crash, lost answer or accident',
    limits: limits({ users: ['migrate'], slow: ['liveMigrations'], faults: 1 }),
    least: 20_000,
  },
  {
    name: 'an Instance that is seen late, and two lost answers or accidents',
    limits: limits({ users: ['rescue'], slow: ['instance'], faults: 2 }),
    least: 1_000,
  },
  {
    name: 'labels that are seen late',
    limits: limits({ users: ['rescue', 'migrate', 'labels'], slow: ['incapable'] }),
    least: 20_000,
  },
  {
    name: 'status writes whose answer is lost, and an Instance that is seen late',
    limits: limits({ users: ['migrate', 'power'], slow: ['instance'], faults: 1 }),
    least: 1_000,
  },
  {
    name: 'a leader that was replaced and does not know it yet',
    limits: limits({ users: ['migrate', 'leader'], faults: 1 }),
    least: 5_000,
  },
  {
    name: 'a VM that is deleted by hand, or is not ours',
    limits: limits({ users: ['rescue', 'power', 'foreignVm'], faults: 1 }),
    least: 1_000,
  },
  {
    name: 'an Instance that is deleted, and one accident',
    limits: limits({ users: ['migrate', 'deletion'], faults: 1 }),
    least: 5_000,
  },
];
