import * as z from 'zod';

const common = { system: z.enum(['root', 'rescue']), bootId: z.string() };

const Disk = z.object({
  name: z.string(),
  serial: z.string(),
  bytes: z.number(),
  system: z.enum(['root', 'rescue']).optional(),
});

const GuestLine = z.discriminatedUnion('event', [
  z.object({
    ...common,
    event: z.literal('boot'),
    uuid: z.string(),
    serial: z.string(),
    macs: z.array(z.string()),
    disks: z.array(Disk),
    notes: z.array(z.string()),
    noted: z.boolean(),
  }),
  z.object({ ...common, event: z.literal('tick'), n: z.number() }),
  z.object({ ...common, event: z.literal('order'), order: z.string() }),
]);

/** What a guest says: guest/init.sh writes it. */
type GuestLine = z.infer<typeof GuestLine>;

/** A line, the host on whose log it ended, and when it was seen there (ms since 1970). */
export type ConsoleLine = GuestLine & { readonly host: string; readonly at: number };

/**
 * Makes lines out of what is read from the logs of one guest's console, one log on each host. A line that a migration cut
 * in two begins in the log of the source and ends in the log of the destination.
 */
export class ConsoleLines {
  readonly lines: ConsoleLine[] = [];
  readonly #unfinished = new Map<string, string>();

  /** @param at when it was read, ms since 1970 */
  add(host: string, text: string, at: number): void {
    const pieces = `${this.#unfinished.get(host) ?? ''}${text}`.split('\n');
    this.#unfinished.set(host, pieces.pop() ?? '');
    for (const piece of pieces) {
      const line = parse(piece) ?? this.#joined(host, piece);
      if (line !== undefined) this.lines.push({ ...line, host, at });
    }
  }

  #joined(host: string, end: string): GuestLine | undefined {
    for (const [other, beginning] of this.#unfinished) {
      const line = other === host ? undefined : parse(beginning + end);
      if (line === undefined) continue;
      this.#unfinished.set(other, '');
      return line;
    }
    return undefined;
  }
}

/** undefined: it is no line of the guest's system, but of the firmware, the boot loader or the kernel, or half a line. */
function parse(text: string): GuestLine | undefined {
  try {
    return GuestLine.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
