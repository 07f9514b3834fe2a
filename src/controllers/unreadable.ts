import * as z from 'zod';
import { firstIssue } from '../api/first-issue.ts';
import { reportUnreadable, type UnreadableObject } from '../domain/unreadable.ts';
import { keyOf } from '../kube/resource.ts';
import type { StatusWriter } from '../kube/status-writer.ts';
import type { ReconcileResult } from '../runtime/controller.ts';
import type { Unreadable } from '../runtime/unreadable.ts';
import type { ControllerDeps } from './deps.ts';
import { OVERTAKEN } from './unsettled.ts';

/** One pass over an object that can't be read: its status says so, and nothing else is done. */
export async function reconcileUnreadable(
  kind: UnreadableObject['kind'],
  object: Unreadable,
  writer: StatusWriter<Unreadable>,
  { events, world }: Pick<ControllerDeps, 'events' | 'world'>,
): Promise<ReconcileResult> {
  const { metadata, status: before, error } = object;
  const { generation = 0 } = metadata;
  const issue = error instanceof z.ZodError ? firstIssue(error) : String(error);
  const { status, announcement } = reportUnreadable(
    { kind, ...keyOf(object), generation, issue, status: before },
    new Date(world.now()).toISOString(),
  );
  const written = await writer.write(object, status);
  if (written.kind === 'written') events.objectUnreadable(kind, metadata, announcement);
  return written.kind === 'conflict' ? OVERTAKEN : {};
}
