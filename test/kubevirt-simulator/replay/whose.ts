import type { WriteReport } from '../transports.ts';

/**
 * Which of several writes that were answered with one revision has made it. One that changes nothing is answered with the
 * revision that was there, perhaps before the write that has made that is answered; but it has read it, so it was sent
 * later. Only a deletion sets its mark.
 */
export function whose(reports: readonly WriteReport[], isDeletion: boolean): WriteReport | undefined {
  const inOrder = reports.toSorted((a, b) => a.sentAt - b.sentAt);
  return inOrder.find(({ method }) => (method === 'DELETE') === isDeletion) ?? inOrder[0];
}
