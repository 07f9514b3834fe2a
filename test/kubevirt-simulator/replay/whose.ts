import type { WriteReport } from '../transports.ts';

/**
 * Which of several writes, in the order of their answers, has made the revision that all were answered with. One that
 * changes nothing is answered with the revision that was there, perhaps before the write that has made that is answered. Of
 * an update the revision in it tells which of both it is. Only a deletion sets its mark.
 */
export function whose(reports: readonly WriteReport[], isDeletion: boolean): WriteReport | undefined {
  const candidates = reports.filter(
    ({ method, changed }) => changed !== false && (method === 'DELETE') === isDeletion,
  );
  return candidates.find(({ changed }) => changed === true) ?? candidates[0] ?? reports[0];
}
