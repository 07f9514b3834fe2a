import { describe, expect, it } from '@jest/globals';
import { PassThrough } from 'node:stream';
import { terminalOf } from '../../../src/cli/terminal.ts';

function aTerminal(isTTY: boolean) {
  const stdout = new PassThrough();
  const stderr = Object.assign(new PassThrough(), { isTTY, columns: 9, rows: 4 });
  const written = () => String(stderr.read() ?? '');
  return { terminal: terminalOf({ stdout, stderr }), stdout, written };
}

describe('a terminal', () => {
  it('replaces what it has shown, of however many lines, and cuts what it has no room for', () => {
    const { terminal, written } = aTerminal(true);
    terminal.show?.('one\ntwo\nthree hundred\nfour');
    expect(written()).toBe('one\ntwo\nthree hu');
    terminal.show?.('next');
    expect(written()).toBe('\u001b[2A\r\u001b[Jnext');
    terminal.tell('told');
    expect(written()).toBe('\r\u001b[Jtold\n');
  });

  it('has nothing to show in a pipe', () => {
    expect(aTerminal(false).terminal.show).toBeUndefined();
  });
});
