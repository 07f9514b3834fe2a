import type { Invocation } from '../command.ts';
import type { Session } from '../session.ts';
import { intervene } from '../intervene.ts';

/** Stops a migration. */
export function run(invocation: Invocation, session: Session): Promise<number> {
  return intervene(invocation, session, { field: 'abort', done: 'abort requested', goal: 'Aborted' });
}
