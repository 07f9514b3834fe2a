/** Requests of a contender, counted from the API server's audit log. */
import type { AuditEvent } from '../../test/control-plane/audit-log.ts';

/** Number of requests by `verb resource[/subresource]`. */
export type RequestCounts = Readonly<Record<string, number>>;

/** What is counted apart: it depends on the time that passes, not on the transitions. */
const TIMED = new Set(['leases', 'events']);

export interface Requests {
  /** What transitions cost. */
  readonly work: RequestCounts;
  /** Lists and watches, Leases, Events, discovery. */
  readonly aside: RequestCounts;
}

/** Counts the requests of a user. */
export function countRequests(events: Iterable<AuditEvent>, user: string): Requests {
  const [work, aside] = [new Map<string, number>(), new Map<string, number>()];
  for (const event of events) {
    if (event.user.username !== user) continue;
    const into = isAside(event) ? aside : work;
    const name = nameOf(event);
    into.set(name, (into.get(name) ?? 0) + 1);
  }
  return { work: sorted(work), aside: sorted(aside) };
}

function isAside({ verb, objectRef }: AuditEvent): boolean {
  return objectRef === undefined || verb === 'list' || verb === 'watch' || TIMED.has(objectRef.resource);
}

function nameOf({ verb, objectRef }: AuditEvent): string {
  if (objectRef === undefined) return `${verb} (no object)`;
  const { resource, subresource } = objectRef;
  return `${verb} ${resource}${subresource === undefined ? '' : `/${subresource}`}`;
}

function sorted(counts: ReadonlyMap<string, number>): RequestCounts {
  return Object.fromEntries([...counts].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

export function total(counts: RequestCounts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

export function eventsIn(counts: RequestCounts): number {
  return total(Object.fromEntries(Object.entries(counts).filter(([name]) => name.endsWith(' events'))));
}

/** Requests that something was the reason for: lists, watches and Leases go on for ever. */
export function activityIn({ work, aside }: Requests): number {
  return total(work) + eventsIn(aside);
}
