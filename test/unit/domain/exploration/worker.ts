import { parentPort, workerData } from 'node:worker_threads';
import { brainOf } from './brain.ts';
import { explore, type Limits } from './explore.ts';

/** What a worker is asked to explore. */
export interface Task {
  readonly limits: Limits;
  /** Name of the mutant; absent: the functions as they are. */
  readonly mutant?: string;
}

const { limits, mutant } = workerData as Task;
parentPort?.postMessage(explore(brainOf(mutant), limits));
