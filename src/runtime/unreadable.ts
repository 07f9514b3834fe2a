import type { KubeObject } from '../kube/resource.ts';

/** An object that is there, and that the parser of its kind refuses. */
export interface Unreadable extends KubeObject {
  /** As the API server has it. */
  readonly status?: unknown;
  /** What the parser threw. */
  readonly error: unknown;
}

/** What became of an object that arrived. */
export type Decoded<T> =
  | { readonly kind: 'Readable'; readonly object: T }
  | { readonly kind: 'Unreadable'; readonly object: Unreadable };
