import { CLI_FIELD_MANAGER } from '../api/names.ts';
import type { Invocation } from './command.ts';
import type { MigrationGoal } from './ends.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { findUnfinished } from './migration-order.ts';
import { MigrationObject } from './objects.ts';
import { shortName } from './read.ts';
import type { Session } from './session.ts';
import { timeoutOf } from './wait.ts';
import { waitForMigration } from './wait-for-migration.ts';

interface Intervention {
  /** Field of the spec that is set to true. */
  readonly field: 'abort' | 'forceComplete';
  /** What is printed when that is done. */
  readonly done: string;
  readonly goal: MigrationGoal;
}

/**
 * Changes what is to become of a migration that is under way. Not a server-side apply: whoever has created the object
 * owns the defaults of both fields, and anybody may say that it shall end.
 */
export async function intervene(
  invocation: Invocation,
  session: Session,
  { field, done, goal }: Intervention,
): Promise<number> {
  const { namespace, migrations, terminal } = session;
  const timeoutMs = timeoutOf(invocation);
  const { items } = await migrations.list({ namespace });
  const found = findUnfinished(
    items.map((item) => MigrationObject.parse(item)),
    invocation.names[0] ?? '',
    namespace,
  );
  const { name, uid } = found.metadata;
  const patch = { metadata: { uid }, spec: { [field]: true } };
  const first = await migrations.mergePatch({ namespace, name }, patch, { fieldManager: CLI_FIELD_MANAGER });
  terminal.print(`${shortName('livemigration', name)} ${done}`);
  if (!invocation.has('wait')) return EXIT_CODES.done;
  return waitForMigration(session, { first, goal, timeoutMs });
}
