import type { Departure } from './departure.ts';
import type { EvacuationStep } from './plan.ts';

/** What a drain prints about a VM at each of its retries. `key` is `namespace/name` of its Instance. */
export function evacuationText(key: string, source: string, step: EvacuationStep): string {
  const who = `Instance ${key}`;
  switch (step.kind) {
    case 'Blocked':
      return step.message;
    case 'UnderWay':
      return `${who} is being live-migrated off node "${source}"${describeDeparture(step.departure)}.`;
    case 'Start':
      return `${who} is about to be live-migrated off node "${source}" (attempt ${step.attempt}).`;
    case 'Queued':
      return `${who} waits for its turn to be live-migrated off node "${source}": place ${step.place} in the queue.`;
    case 'BackOff':
      return (
        `${who} is still on node "${source}": ${step.failed} live migration(s) of it did not succeed. ` +
        `The next begins in ${Math.ceil(step.waitMs / 1_000)} s; its LiveMigrations say why.`
      );
    case 'Ended':
      return `${who} is not moved: ${WHY_ENDED[step.because](source)}`;
  }
}

const WHY_ENDED = {
  Uncordoned: (node) => `node "${node}" is not cordoned. Cordon it, or use kubectl drain, which does.`,
  NotAskedAgain: (node) => `its eviction from node "${node}" is not asked for any more.`,
} as const satisfies Record<Extract<EvacuationStep, { kind: 'Ended' }>['because'], (node: string) => string>;

function describeDeparture(departure: Departure): string {
  const { what, phase, elapsedSeconds, percent, destination, waitsFor } = departure;
  const where = destination === undefined ? '' : ` to node "${destination}"`;
  const progress = percent === undefined ? '' : `, ${percent} %`;
  const obstacle = waitsFor === undefined ? '' : `; no node is found for it: ${waitsFor}`;
  return `${where} by ${what} (${phase} for ${elapsedSeconds} s${progress}${obstacle})`;
}

/** What is said of a pod that the guest is not in. */
export function besideGuestText(key: string, node: string | undefined): string {
  const where = node === undefined ? 'on another node' : `on node "${node}"`;
  return `Instance ${key} is not in this pod: its VM is ${where}. The pod ends with the live migration that it belongs to.`;
}

/** What is said of an anchor whose VM takes no place. */
export function emptyAnchorText(key: string): string {
  return `Instance ${key} takes no place here any more: its VM is off. This pod goes by itself.`;
}
