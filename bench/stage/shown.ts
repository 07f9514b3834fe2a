import type { Shown } from './watcher.ts';

interface RawInstance {
  readonly metadata: { readonly generation?: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly state?: string;
    readonly operation?: object;
  };
}

/** An Instance as its status says it. */
export function shownInstance(raw: unknown): Shown {
  const { metadata, status = {} } = raw as RawInstance;
  const isObserved = status.observedGeneration === metadata.generation;
  return { state: status.state ?? '', isSettled: isObserved && status.operation === undefined };
}

/** A VM without an operator: what KubeVirt says of it. */
export function shownVmi(raw: unknown): Shown {
  const { status } = raw as { readonly status?: { readonly phase?: string } };
  return { state: status?.phase ?? '', isSettled: true };
}

/** A LiveMigration by its phase. */
export function shownMigration(raw: unknown): Shown {
  const { status } = raw as { readonly status?: { readonly phase?: string } };
  return { state: status?.phase ?? '', isSettled: true };
}
