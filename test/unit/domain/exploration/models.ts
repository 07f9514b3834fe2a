import type { User } from './users/users.ts';
import type { Successor } from './shell/succession.ts';
import type { NodeName, Part } from './world/world.ts';

/** How large the world is: who acts, what lags behind, and how often something goes wrong. */
export interface Limits {
  readonly users: readonly User[];
  /** Caches that may lag behind. */
  readonly slow: readonly Part[];
  /** Crashes, lost answers and accidents that one history may have. */
  readonly faults: number;
  readonly nodes: readonly NodeName[];
  /** Who goes on after a crash. */
  readonly successor: Successor;
  /** Whether there are two Instances, on one disk. */
  readonly shared: boolean;
}

export interface Model {
  readonly name: string;
  readonly limits: Limits;
  /** Fewer states would mean that the model has lost a part of its world. */
  readonly least: number;
}

const TWO: readonly NodeName[] = ['node-a', 'node-b'];

export function limits(fields: Partial<Limits>): Limits {
  const nothing = { slow: [], faults: 0, nodes: TWO, successor: 'Anew', shared: false } as const;
  return { users: ['rescue', 'migrate'], ...nothing, ...fields };
}

/**
 * Several small worlds instead of one large one: each has what may meet in it, and what can't meet is not multiplied.
 * Admission is down in all of them. What is left open is in docs/adr/0023.
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
    limits: limits({ users: ['rescue', 'move', 'labels'], slow: ['incapable'] }),
    least: 10_000,
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
  {
    name: 'leases of all kinds, edited at any moment, and time that passes',
    limits: limits({ users: ['lease', 'time', 'power'] }),
    least: 10_000,
  },
  {
    name: 'a short lease, from one image or another',
    limits: limits({ users: ['shortRescue', 'time', 'power', 'image'] }),
    least: 10_000,
  },
  {
    name: 'a lease, and an Instance that is seen late, and a lost answer',
    limits: limits({ users: ['shortRescue', 'time'], slow: ['instance'], faults: 1 }),
    least: 5_000,
  },
  {
    name: 'a lease that expires while a migration is queued, transfers or is deleted',
    limits: limits({ users: ['shortRescue', 'time', 'migrate'] }),
    least: 30_000,
  },
  {
    name: 'a node that is lost, with the VM on it, and comes back or is fenced',
    limits: limits({ users: ['rescue', 'power', 'nodes'], faults: 1 }),
    least: 5_000,
  },
  {
    name: 'a node that is lost and is seen to be late, and another accident',
    limits: limits({ users: ['rescue', 'nodes'], slow: ['lost'], faults: 2 }),
    least: 20_000,
  },
  {
    name: 'a node that is lost while the VM is migrated from it, or to it',
    limits: limits({ users: ['migrate', 'nodes'], faults: 1 }),
    least: 10_000,
  },
  {
    name: 'a VM that somebody else made, and is adopted or not',
    limits: limits({ users: ['rescue', 'policy', 'adoption', 'foreignVm'], faults: 1 }),
    least: 10_000,
  },
  {
    name: 'a VM that is retained or deleted with its Instance, which is made again',
    limits: limits({ users: ['rescue', 'policy', 'deletion', 'recreation'] }),
    least: 10_000,
  },
  {
    name: 'a VM that is retained, and is seen late, and a lost answer',
    limits: limits({
      users: ['policy', 'deletion', 'recreation'],
      slow: ['vm'],
      faults: 1,
      successor: 'Late',
    }),
    least: 8_000,
  },
  {
    name: 'two Instances on one disk, one of which is stopped, started or deleted',
    limits: limits({ users: ['power', 'deletion'], shared: true }),
    least: 10_000,
  },
  {
    name: 'two Instances on one disk, and one accident',
    limits: limits({ users: ['power'], faults: 1, shared: true }),
    least: 10_000,
  },
  {
    name: 'two Instances on one disk, one of which is deleted, and one accident',
    limits: limits({ users: ['deletion'], faults: 1, shared: true }),
    least: 1_000,
  },
  {
    name: 'two Instances on one disk that announce themselves one after the other',
    limits: limits({ users: ['power', 'time'], shared: true }),
    least: 5_000,
  },
  {
    name: 'two Instances on one disk that are seen late, and a lost answer',
    limits: limits({ users: ['power'], slow: ['instance'], faults: 1, shared: true }),
    least: 20_000,
  },
  {
    name: 'two Instances on one disk whose VMs are seen late, and a lost answer',
    limits: limits({ users: ['power'], slow: ['vm'], faults: 1, shared: true }),
    least: 20_000,
  },
  {
    name: 'two Instances on one disk, and another operator that takes over and sees their VMs late',
    limits: limits({ users: ['rescue'], slow: ['vm'], faults: 1, successor: 'Late', shared: true }),
    least: 10_000,
  },
  {
    name: 'two Instances on one disk, whose VMs are seen late, that are deleted, and a lost answer',
    limits: limits({ users: ['deletion'], slow: ['vm'], faults: 1, shared: true }),
    least: 3_000,
  },
  {
    name: 'two Instances on one disk whose guests are seen late',
    limits: limits({ users: ['power'], slow: ['guest'], shared: true }),
    least: 10_000,
  },
  {
    name: 'a migration that somebody else makes of a VM that is rescued and unrescued',
    limits: limits({ users: ['rescue', 'foreignMigration'] }),
    least: 4_000,
  },
  {
    name: 'migrations by LiveMigrations and by somebody else',
    limits: limits({ users: ['migrate', 'foreignMigration'] }),
    least: 5_000,
  },
  {
    name: 'a migration that somebody else makes, and is seen late',
    limits: limits({ users: ['power', 'foreignMigration'], slow: ['foreign'] }),
    least: 5_000,
  },
];
