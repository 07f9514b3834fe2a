import { inChild as inChildOf } from '../../../support/child.ts';
import type { Task } from './task.ts';

export function inChild<Result>(task: Task): Promise<Result> {
  return inChildOf<Result>(new URL('./task.ts', import.meta.url), task);
}
