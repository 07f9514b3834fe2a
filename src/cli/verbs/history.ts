import * as z from 'zod';
import { EVENTS } from '../../kube/event-object.ts';
import { ApiError } from '../../kube/api-errors.ts';
import { ResourceClient } from '../../kube/resource-client.ts';
import type { Invocation } from '../command.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { HISTORY_HEAD, historyOf, rowOfEntry, type PastEvent } from '../history.ts';
import { printAs } from '../output.ts';
import { MigrationObject, type InstanceObject } from '../objects.ts';
import { readInstance } from '../read.ts';
import type { Session } from '../session.ts';
import { Table } from '../table.ts';

/** Shows what has happened to an Instance. */
export async function run(invocation: Invocation, session: Session): Promise<number> {
  const { terminal, namespace } = session;
  const { instance } = await readInstance(session, invocation.names[0] ?? '');
  const [{ items }, events] = await Promise.all([
    session.migrations.list({ namespace }),
    readEvents(session, instance),
  ]);
  const migrations = items
    .map((item) => MigrationObject.parse(item))
    .filter(({ spec }) => spec.instanceName === instance.metadata.name);
  const entries = historyOf(instance, migrations, events ?? [], session.now());
  const format = invocation.text('output');
  if (format === 'json' || format === 'yaml') {
    await printAs(format, { history: entries }, terminal);
    return EXIT_CODES.done;
  }
  if (events === undefined)
    terminal.tell(`You may not list Events in namespace ${namespace}: past rescues are not shown.`);
  new Table(HISTORY_HEAD).lines(entries.map(rowOfEntry), 'WithHead').forEach((line) => {
    terminal.print(line);
  });
  return EXIT_CODES.done;
}

const EventObject = z.object({
  reason: z.string().default(''),
  message: z.string().default(''),
  eventTime: z.string().nullish(),
  series: z.object({ lastObservedTime: z.string() }).nullish(),
  metadata: z.object({ creationTimestamp: z.string() }),
});

/** `undefined`: the user may not see them. */
async function readEvents(
  { transport, namespace, signal }: Session,
  { metadata: { uid } }: InstanceObject,
): Promise<PastEvent[] | undefined> {
  try {
    const { items } = await new ResourceClient(transport, EVENTS, { signal }).list({
      namespace,
      fieldSelector: `involvedObject.uid=${uid}`,
    });
    return items
      .map((item) => EventObject.parse(item))
      .map(({ reason, message, eventTime, series, metadata }) => ({
        reason,
        note: message,
        at: series?.lastObservedTime ?? eventTime ?? metadata.creationTimestamp,
      }));
  } catch (error) {
    if (error instanceof ApiError && error.code === 403) return undefined;
    throw error;
  }
}
