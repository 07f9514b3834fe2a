import { answerTask } from '../../../support/child.ts';
import { explore } from './explore.ts';
import type { Limits } from './models.ts';
import { brainOf } from './mutants/mutants.ts';
import { walk, type Walks } from './walk.ts';

/** What a process is asked to do: everything that can happen, or random walks. */
export interface Task {
  readonly limits: Limits;
  /** Name of the mutant; absent: the functions as they are. */
  readonly mutant?: string;
  readonly walks?: Walks;
}

answerTask(({ limits, mutant, walks }: Task) => {
  const brain = brainOf(mutant);
  return walks === undefined ? explore(brain, limits) : walk(brain, limits, walks);
});
