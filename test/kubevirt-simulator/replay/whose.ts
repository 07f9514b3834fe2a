import type { WriteReport } from '../transports.ts';

/** What a revision has changed, where that tells by which kind of write it was made. */
export interface Traits {
  /** It set the mark of a deletion. */
  readonly isDeletion: boolean;
  /** The one that gave a pod its node, which is answered without a revision; `undefined`: it gave none. */
  readonly binding?: WriteReport | undefined;
}

/**
 * Which of several writes, in the order of their answers, has made the revision that all were answered with. One that
 * changes nothing is answered with the revision that was there, perhaps before the write that has made that is answered. Of
 * an update the revision in it tells which of both it is. Only a deletion sets its mark, and only a binding a node.
 */
export function whose(
  reports: readonly WriteReport[],
  { isDeletion, binding }: Traits,
): WriteReport | undefined {
  if (binding !== undefined) return binding;
  const candidates = reports.filter(
    ({ method, changed }) => changed !== false && (method === 'DELETE') === isDeletion,
  );
  return candidates.find(({ changed }) => changed === true) ?? candidates[0] ?? reports[0];
}
