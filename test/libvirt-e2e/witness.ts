import type { ConsoleLine } from '../libvirt-hosts/console-lines.ts';
import type { GuestConsole } from '../libvirt-hosts/guest-console.ts';

/** A guest that is moved may stand still for so long. Milliseconds. */
export const LONGEST_GAP = 5_000;

export type Boot = Extract<ConsoleLine, { event: 'boot' }>;
export type Tick = Extract<ConsoleLine, { event: 'tick' }>;

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

/** The ticks from that line of the console on, of whichever boot. */
export function ticksSince(console: GuestConsole, line: number): Tick[] {
  return console.lines.slice(line).filter((one): one is Tick => one.event === 'tick');
}

/** Whether these are all ticks from the first one on, in their order. */
export function areUnbroken(ticks: readonly Tick[]): boolean {
  return ticks.length > 0 && ticks.every(({ n }, index) => n === index + 1);
}

/** The longest time between two ticks, as they were read. Milliseconds. */
export function longestGap(ticks: readonly Tick[]): number {
  return Math.max(0, ...ticks.slice(1).map(({ at }, index) => at - (ticks[index]?.at ?? 0)));
}

/**
 * How long the guest was down: from the last tick of a boot to the first of the next, where ticks are missing, and where
 * it stood still for longer than a migration may take. Milliseconds.
 */
export function downtime(ticks: readonly Tick[]): number {
  return ticks.slice(1).reduce((sum, tick, index) => {
    const before = ticks[index] ?? tick;
    const gap = tick.at - before.at;
    const livedOn = tick.bootId === before.bootId && tick.n === before.n + 1 && gap < LONGEST_GAP;
    return livedOn ? sum : sum + gap;
  }, 0);
}
