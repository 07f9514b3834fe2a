import type { Invocation } from '../command.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { shortName } from '../read.ts';
import type { Session } from '../session.ts';
import { timeoutOf } from '../wait.ts';
import { applyRescue, waitForRescue } from './rescue.ts';

/** Removes spec.rescue, and nothing else. */
export async function run(invocation: Invocation, session: Session): Promise<number> {
  const timeoutMs = timeoutOf(invocation);
  const name = invocation.names[0] ?? '';
  const applied = await applyRescue(session, name, undefined);
  session.terminal.print(
    `${shortName('instance', name)} ${applied.changed ? 'unrescue requested' : 'unchanged'}`,
  );
  if (!invocation.has('wait')) return EXIT_CODES.done;
  return waitForRescue(session, { ...applied, wanted: 'Unrescued', timeoutMs });
}
