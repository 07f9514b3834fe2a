import type { Outcome } from './differences.ts';
import type { Player } from './player.ts';

/** When a story is over. */
export interface End {
  /** The end that it has to come to, if that is known: it may take a while. */
  readonly like?: string | undefined;
  /** Else it is over when nothing has been seen for so long. Milliseconds. */
  readonly lull: number;
  /** How long the end that it has to come to is waited for. Milliseconds. */
  readonly timeoutMs?: number;
}

/** How a story has gone, when it is over. */
export async function outcomeOf({ witness }: Player, { like, lull, timeoutMs }: End): Promise<Outcome> {
  if (like === undefined) await witness.quiet(lull);
  else {
    const isThere = () => (witness.ending() === like ? like : undefined);
    await witness.until('the same end', isThere, timeoutMs).catch(() => '');
  }
  return { ending: witness.ending(), course: witness.course(), violations: witness.safety.violations };
}
