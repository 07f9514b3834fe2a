import { fork } from 'node:child_process';
import { once } from 'node:events';

/**
 * What a script answers to a task. In a process of its own: in Jest's context, where each use of a global is slow, it takes
 * five times as long; and with a thread beside Jest's modules, the collector of Node 24 may crash (nodejs/node#62393).
 * @throws Error where the script ends without an answer; it has said why on standard error
 */
export async function inChild<Result>(script: URL, task: unknown): Promise<Result> {
  const child = fork(script, { execArgv: [], serialization: 'advanced' });
  const ended = once(child, 'exit');
  const unanswered = ended.then(([code, signal]) => {
    throw new Error(`${script.pathname} ended without an answer: ${String(signal ?? code)}`);
  });
  try {
    child.send(task as object);
    const [result] = (await Promise.race([once(child, 'message'), unanswered])) as [Result];
    return result;
  } finally {
    child.kill();
    await ended;
  }
}

/** The script's side: answers the one task that it is sent. */
export function answerTask(answer: (task: never) => unknown): void {
  process.once('message', (task) => {
    void Promise.resolve(answer(task as never)).then((result) => process.send?.(result));
  });
}
