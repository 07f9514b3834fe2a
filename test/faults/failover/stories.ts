import { STORIES, type Story } from '../stories/stories.ts';

/** Those in which the operator writes, and that may be told side by side. */
const TOLD = ['create', 'rescue', 'unrescue', 'migrate while rescued', 'migrate, and fail'];

/** Back to where it began: what is late of the way there must not be done on the way back, nor after it. */
export const BACK_AND_FORTH: readonly Story[] = [
  {
    name: 'rescue, and unrescue',
    before: async (player) => {
      await player.create();
      await player.settled('Running');
    },
    act: async (player) => {
      await player.rescue();
      await player.settled('Rescued');
      await player.unrescue();
      await player.settled('Running');
    },
    paces: ['Instant'],
  },
  {
    name: 'start, and stop',
    before: async (player) => {
      await player.create();
      await player.settled('Running');
      await player.power('Stopped');
      await player.settled('Stopped');
    },
    act: async (player) => {
      await player.power('Running');
      await player.settled('Running');
      await player.power('Stopped');
      await player.settled('Stopped');
    },
    paces: ['Instant'],
  },
];

export const FAILOVER_STORIES: readonly Story[] = [
  ...STORIES.filter(({ name }) => TOLD.includes(name)),
  ...BACK_AND_FORTH,
];
