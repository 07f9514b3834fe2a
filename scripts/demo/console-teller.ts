import type { ConsoleLine } from '../../test/libvirt-hosts/console-lines.ts';

type Of<Event extends ConsoleLine['event']> = Extract<ConsoleLine, { event: Event }>;

/** A guest says one each second. */
const TICKS_IN_A_LINE = 5;

/** What a guest prints, in lines for people: its ticks in groups, each of them told. */
export class ConsoleTeller {
  readonly #tell: (line: string) => void;
  readonly #ticks: Of<'tick'>[] = [];

  constructor(tell: (line: string) => void) {
    this.#tell = tell;
  }

  add(line: ConsoleLine): void {
    const [first] = this.#ticks;
    const isNext = line.event === 'tick' && first?.bootId === line.bootId && first.host === line.host;
    if (!isNext) this.flush();
    if (line.event === 'tick') this.#ticks.push(line);
    else this.#tell(describe(line));
    if (this.#ticks.length === TICKS_IN_A_LINE) this.flush();
  }

  /** Tells the ticks that wait for company. */
  flush(): void {
    const ticks = this.#ticks.splice(0);
    const [first] = ticks;
    if (first === undefined) return;
    this.#tell(`${speaker(first)} tick ${ticks.map(({ n }) => n).join(' ')}`);
  }
}

/** Enough of a boot id to tell boots apart. */
export function short(bootId: string): string {
  return bootId.slice(0, 8);
}

function speaker({ host, system, bootId }: ConsoleLine): string {
  return `${host} console │ ${system} system, boot ${short(bootId)}:`;
}

function describe(line: Of<'boot'> | Of<'order'>): string {
  if (line.event === 'order') return `${speaker(line)} ordered to ${line.order}`;
  const disks = line.disks.map(
    ({ name, serial, system }) => `${name} serial ${serial}${system === undefined ? '' : ` (${system})`}`,
  );
  return `${speaker(line)} has booted; it sees ${disks.join(', ')}`;
}
