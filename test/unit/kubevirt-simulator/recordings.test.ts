import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { callsOf, readTrace } from '../../kubevirt-simulator/replay/lines.ts';
import {
  cleanups,
  preparations,
  reactions,
  scenarios,
  simultaneous,
  typed,
} from '../../kubevirt-simulator/replay/scenarios.ts';

const folder = new URL('../../kubevirt-simulator/traces/', import.meta.url);
const replayed = Object.values(scenarios).flat().toSorted();

describe('the recordings', () => {
  it('are all replayed, each once', async () => {
    const files = (await readdir(folder)).filter((name) => name.endsWith('.jsonl'));

    expect(replayed).toEqual(files.map((name) => name.replace('.jsonl', '')).toSorted());
  });

  it('are all in the table of their README', async () => {
    const text = await readFile(new URL('README.md', folder), 'utf8');
    const named = [...text.matchAll(/^\| `([a-z-]+)` \| .+ \|$/gm)].map(([, name]) => name);

    expect(named).toEqual(replayed);
  });

  it.each(Object.entries({ preparations, reactions, simultaneous, typed, cleanups }))(
    'and nothing else, have %s',
    (_what, table) => {
      expect(replayed).toEqual(expect.arrayContaining(Object.keys(table)));
    },
  );

  it('show both outcomes of two migrations that are made at the same moment', async () => {
    const calls = callsOf(await readTrace('two-migrations-racing')).slice(1);
    const rounds = calls.flatMap(({ code }, index) =>
      index % 2 === 0 ? [[code, calls[index + 1]?.code]] : [],
    );

    expect(rounds).toEqual([
      [201, 201],
      [201, 400],
      [201, 201],
      [201, 400],
      [201, 201],
    ]);
  });
});
