import type { Invocation } from '../command.ts';
import type { Session } from '../session.ts';
import { intervene } from '../intervene.ts';

/** Ends a migration even if the guest must stand still. */
export function run(invocation: Invocation, session: Session): Promise<number> {
  return intervene(invocation, session, {
    field: 'forceComplete',
    done: 'force-complete requested',
    goal: 'Succeeded',
  });
}
