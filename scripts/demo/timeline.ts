import { stripVTControlCharacters, styleText } from 'node:util';

/** Tells the story to a person, line by line, each with the time since it began. */
export class Timeline {
  readonly #begun = performance.now();
  readonly #write: (line: string) => void;

  /** @param write takes a line; one without colours where nobody looks */
  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  chapter(title: string): void {
    this.#write('');
    this.#write(styleText('bold', title));
  }

  typed(command: string): void {
    this.#line(styleText('cyan', `$ ${command}`));
  }

  answered(text: string): void {
    for (const line of text.trimEnd().split('\n')) this.#plain(line);
  }

  seen(text: string): void {
    this.#line(text);
  }

  /** Of a guest's own words. */
  heard(text: string): void {
    this.#line(styleText('magenta', text));
  }

  good(text: string): void {
    this.#line(styleText('green', `✓ ${text}`));
  }

  bad(text: string): void {
    this.#line(styleText('red', `✗ ${text}`));
  }

  #line(text: string): void {
    const seconds = ((performance.now() - this.#begun) / 1000).toFixed(1).padStart(6);
    this.#write(`${styleText('dim', `${seconds} s`)}  ${text}`);
  }

  #plain(text: string): void {
    this.#write(`${' '.repeat(10)}${text}`);
  }
}

/** A line for a terminal, or without colours for a file or a pipe. */
export function lineFor(stream: NodeJS.WriteStream, line: string): string {
  return stream.isTTY ? line : stripVTControlCharacters(line);
}
