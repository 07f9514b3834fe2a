/** Where a command writes. What programs read goes to the output, all else beside it. */
export interface Terminal {
  /** A line of the result. */
  print(line: string): void;
  /** A line for people, that is no part of the result. */
  tell(line: string): void;
  /** Replaces the last one of these, which may have several lines, where somebody looks; absent where nobody does: in a pipe or a file. */
  readonly show: ((text: string) => void) | undefined;
}

interface Streams {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream & {
    readonly isTTY?: boolean;
    readonly columns?: number;
    readonly rows?: number;
  };
}

/** To the beginning of the line, and nothing behind it. */
const CLEAR = '\r\u001b[J';
const up = (lines: number) => (lines === 0 ? '' : `\u001b[${lines}A`);

export function terminalOf({ stdout, stderr }: Streams): Terminal {
  let shown = 0;
  const clear = () => {
    if (shown > 0) stderr.write(`${up(shown - 1)}${CLEAR}`);
    shown = 0;
  };
  return {
    print: (line) => {
      clear();
      stdout.write(`${line}\n`);
    },
    tell: (line) => {
      clear();
      stderr.write(`${line}\n`);
    },
    show:
      stderr.isTTY === true
        ? (text) => {
            clear();
            // One that is longer than the terminal is wide would stay when it is replaced, and so would one too many.
            const width = (stderr.columns ?? 80) - 1;
            const lines = text.split('\n').slice(0, (stderr.rows ?? 24) - 1);
            stderr.write(lines.map((line) => line.slice(0, width)).join('\n'));
            shown = lines.length;
          }
        : undefined,
  };
}
