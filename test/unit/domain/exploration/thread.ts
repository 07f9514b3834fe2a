import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Task } from './worker.ts';

/** In a thread of its own: in Jest's context, where each use of a global is slow, it takes five times as long. */
export async function inThread<Result>(task: Task): Promise<Result> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: task });
  const [result] = (await once(worker, 'message')) as [Result];
  return result;
}
