/** Something that a page of the docs does, in the order in which it stands there. */
export type Step =
  | {
      /** A command, and the lines that it is said to print. */
      readonly kind: 'run' | 'watch';
      readonly command: string;
      readonly output: readonly string[];
      /** Index of the first line of the output, and of the line behind it. */
      readonly from: number;
      readonly to: number;
    }
  /** What no command does: `<!-- test: NAME ARGUMENT -->`. */
  | { readonly kind: 'act'; readonly name: string; readonly argument: string };

const ACT = /^<!-- test: (\S+) ?(.*) -->$/;
const FENCE = /^```console( watch)?$/;

/** The command without what a person reads behind it. */
export function withoutRemark(command: string): string {
  return command.replace(/ +# .*$/, '');
}

/** Blocks `console` are commands, each behind `$ `; those of `console watch` go on until the page ends. */
export function stepsOf(page: string): Step[] {
  const lines = page.split('\n');
  const steps: Step[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    const [, name, argument = ''] = ACT.exec(lines[index] ?? '') ?? [];
    if (name !== undefined) steps.push({ kind: 'act', name, argument });
    const fence = FENCE.exec(lines[index] ?? '');
    if (fence === null) continue;
    const end = lines.indexOf('```', index);
    steps.push(...commands(lines, { from: index + 1, to: end, kind: fence[1] === undefined ? 'run' : 'watch' }));
    index = end;
  }
  return steps;
}

function commands(
  lines: readonly string[],
  block: { readonly from: number; readonly to: number; readonly kind: 'run' | 'watch' },
): Step[] {
  const isFirst = (index: number) => index === block.to || lines[index]?.startsWith('$ ') === true;
  const steps: Step[] = [];
  for (let begin = block.from; begin < block.to; ) {
    if (!isFirst(begin)) throw new Error(`a console block begins with "$ ", not with ${lines[begin] ?? ''}`);
    let to = begin + 1;
    while (!isFirst(to)) to += 1;
    // As a shell asks for the rest of a command.
    const more = lines.slice(begin + 1, to).findIndex((line) => !line.startsWith('> '));
    const from = more === -1 ? to : begin + 1 + more;
    const command = lines.slice(begin, from).map((line) => line.slice(2));
    steps.push({ kind: block.kind, command: command.join('\n'), output: lines.slice(from, to), from, to });
    begin = to;
  }
  return steps;
}
