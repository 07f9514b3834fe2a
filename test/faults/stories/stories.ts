import type { Pace, Player } from './player.ts';

/** Something that a user does, from a state that is there already to one that it ends in. */
export interface Story {
  readonly name: string;
  /** Without faults. */
  readonly before: (player: Player) => Promise<void>;
  /** With them, to the end. */
  readonly act: (player: Player) => Promise<void>;
  /** Others write at the same time, so that a write of the operator's may not be needed. */
  readonly isRaced?: boolean;
  readonly paces: readonly Pace[];
}

const BOTH = ['Instant', 'Leisurely'] as const;

async function running(player: Player): Promise<void> {
  await player.create();
  await player.settled('Running');
}

async function rescued(player: Player): Promise<void> {
  await running(player);
  await player.rescue();
  await player.settled('Rescued');
}

async function moved(player: Player): Promise<void> {
  await player.migrate();
  await player.ended();
  await player.settled('Rescued');
}

/** Transfers until it is stopped. */
const FOR_EVER = { delays: { migrationMs: 600_000 } };

export const STORIES: readonly Story[] = [
  { name: 'create', before: () => Promise.resolve(), act: running, paces: ['Instant'] },
  {
    name: 'rescue',
    before: running,
    act: async (player) => {
      await player.rescue();
      await player.settled('Rescued');
    },
    paces: BOTH,
  },
  {
    name: 'unrescue',
    before: rescued,
    act: async (player) => {
      await player.unrescue();
      await player.settled('Running');
    },
    paces: BOTH,
  },
  { name: 'migrate while rescued', before: rescued, act: moved, paces: BOTH },
  {
    name: 'migrate, and fail',
    before: async (player) => {
      await rescued(player);
      player.suffers({ migrationFails: 'operation failed: by order of the test' });
    },
    act: moved,
    paces: BOTH,
  },
  {
    name: 'migrate, and abort',
    before: async (player) => {
      await rescued(player);
      player.suffers(FOR_EVER);
    },
    act: async (player) => {
      await player.migrate();
      await player.phase((phase) => phase === 'Running');
      await player.abort();
      await player.ended();
      await player.settled('Rescued');
    },
    paces: ['Instant'],
  },
  {
    name: 'drain',
    before: rescued,
    act: async (player) => {
      await player.drain();
      await player.settled('Rescued');
    },
    paces: BOTH,
  },
  {
    name: 'delete',
    before: rescued,
    act: async (player) => {
      await player.delete();
      await player.gone();
    },
    paces: ['Instant'],
  },
  {
    name: 'delete during a migration',
    before: async (player) => {
      await rescued(player);
      player.suffers(FOR_EVER);
      await player.migrate();
      await player.phase((phase) => phase === 'Running');
    },
    act: async (player) => {
      await player.delete();
      await player.gone();
      await player.ended();
    },
    isRaced: true,
    paces: ['Instant'],
  },
];
