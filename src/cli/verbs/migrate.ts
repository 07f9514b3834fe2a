import { randomInt } from 'node:crypto';
import { CLI_FIELD_MANAGER } from '../../api/names.ts';
import type { KubeObject } from '../../kube/resource.ts';
import type { Invocation } from '../command.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { migrationFrom } from '../migration-order.ts';
import { readInstance, shortName } from '../read.ts';
import type { Session } from '../session.ts';
import { timeoutOf } from '../wait.ts';
import { waitForMigration } from '../wait-for-migration.ts';

/** Makes a LiveMigration. */
export async function run(invocation: Invocation, session: Session): Promise<number> {
  const spec = migrationFrom(invocation);
  const timeoutMs = timeoutOf(invocation);
  // A LiveMigration of an Instance that is not there would wait for it.
  const { instance } = await readInstance(session, spec.instanceName);
  const { namespace, name: instanceName } = instance.metadata;
  const name = invocation.text('name') ?? `${instanceName}-${suffix()}`;
  const order = { metadata: { name, namespace }, spec } satisfies KubeObject & { spec: unknown };
  const first = await session.migrations.create(order, { fieldManager: CLI_FIELD_MANAGER });
  session.terminal.print(`${shortName('livemigration', name)} created`);
  if (!invocation.has('wait')) return EXIT_CODES.done;
  return waitForMigration(session, { first, goal: 'Succeeded', timeoutMs });
}

/** As Kubernetes makes names: without vowels and what looks like them, so that no word comes of it. */
const LETTERS = 'bcdfghjklmnpqrstvwxz2456789';

function suffix(): string {
  return Array.from({ length: 5 }, () => LETTERS[randomInt(LETTERS.length)]).join('');
}
