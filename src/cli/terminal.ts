/** Where a command writes. What programs read goes to the output, all else beside it. */
export interface Terminal {
  /** A line of the result. */
  print(line: string): void;
  /** A line for people, that is no part of the result. */
  tell(line: string): void;
  /** Replaces the last one of these where somebody looks; absent where nobody does: in a pipe or a file. */
  readonly show: ((line: string) => void) | undefined;
}

interface Streams {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
}

const CLEAR_LINE = '\r\u001b[K';

export function terminalOf({ stdout, stderr }: Streams): Terminal {
  let shown = false;
  const clear = () => {
    if (shown) stderr.write(CLEAR_LINE);
    shown = false;
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
        ? (line) => {
            // One that is longer than the terminal is wide would stay when it is replaced.
            stderr.write(`${CLEAR_LINE}${line.slice(0, (stderr.columns ?? 80) - 1)}`);
            shown = true;
          }
        : undefined,
  };
}
