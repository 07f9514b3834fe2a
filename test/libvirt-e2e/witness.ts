import type { ConsoleLine } from '../libvirt-hosts/console-lines.ts';
import type { GuestConsole } from '../libvirt-hosts/guest-console.ts';

export type Boot = Extract<ConsoleLine, { event: 'boot' }>;
type Tick = Extract<ConsoleLine, { event: 'tick' }>;

/** What the guest that runs now has found at its boot: it says so itself, and that it is the one that runs. */
export async function bootOf(console: GuestConsole): Promise<Boot> {
  const since = console.lines.length;
  // Of two ticks the second was not written before.
  const first = await console.waitFor(({ event }) => event === 'tick', { since });
  const ticking = await console.waitFor((line) => line.event === 'tick' && line !== first, { since });
  const boot = console.lines.find(
    (line): line is Boot => line.event === 'boot' && line.bootId === ticking.bootId,
  );
  if (boot === undefined) throw new Error('a guest ticks and has not booted');
  return boot;
}

/** The ticks of a boot, up to one on that host. */
export async function ticksOf(
  console: GuestConsole,
  { bootId, host }: { readonly bootId: string; readonly host: string },
): Promise<Tick[]> {
  await console.waitFor((line) => line.host === host && line.event === 'tick' && line.bootId === bootId);
  return console.lines.filter((line): line is Tick => line.event === 'tick' && line.bootId === bootId);
}

/** Whether these are all ticks from the first one on, in their order. */
export function areUnbroken(ticks: readonly Tick[]): boolean {
  return ticks.length > 0 && ticks.every(({ n }, index) => n === index + 1);
}

/** The longest time between two ticks, as they were read. Milliseconds. */
export function longestGap(ticks: readonly Tick[]): number {
  return Math.max(0, ...ticks.slice(1).map(({ at }, index) => at - (ticks[index]?.at ?? 0)));
}
