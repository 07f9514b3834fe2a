import { describe, expect, it } from '@jest/globals';
import { COMMANDS } from '../../../src/cli/commands.ts';
import { complete } from '../../../src/cli/completion.ts';

describe('the completion of', () => {
  it.each([[['']], [['res']]])('a verb: %j', (words) => {
    expect(complete(words, COMMANDS)).toEqual({
      kind: 'Words',
      words: COMMANDS.map(({ name, summary }) => [name, summary]),
    });
  });

  it.each([
    [['rescue', ''], 'instances'],
    [['rescue', '--image', 'a/b:1', ''], 'instances'],
    [['abort', 'w'], 'migrating'],
    [['adopt', ''], 'virtualmachines'],
    [['migrate', 'web-1', '--to', ''], 'nodes'],
    [['list', '-n', 'te'], 'namespaces'],
    [['list', '--context', ''], 'contexts'],
    [['drain-plan', 'node-a', ''], 'nodes'],
    [['drain-status', 'n'], 'nodes'],
  ])('a name: %j', (words, want) => {
    expect(complete(words, COMMANDS)).toMatchObject({ kind: 'Names', of: want });
  });

  it('a name knows the namespace that was given before', () => {
    const completion = complete(['rescue', '-n', 'team-a', '--as=bob', ''], COMMANDS);
    const invocation = completion.kind === 'Names' ? completion.invocation : undefined;
    expect([invocation?.text('namespace'), invocation?.text('as')]).toEqual(['team-a', 'bob']);
  });

  it.each([
    [
      ['list', '-o', ''],
      ['json', 'yaml', 'wide'],
    ],
    [
      ['rescue', 'web-1', '--device', 'C'],
      ['Disk', 'CDROM'],
    ],
    [['rescue', 'web-1', ''], []],
    [['rescue', 'web-1', '--image', ''], []],
    [['nonsense', ''], []],
  ])('what is known without a cluster: %j', (words, want) => {
    const completion = complete(words, COMMANDS);
    expect(completion.kind === 'Words' && completion.words.map(([word]) => word)).toEqual(want);
  });

  it('a flag', () => {
    const completion = complete(['unrescue', '--w'], COMMANDS);
    expect(completion.kind === 'Words' && completion.words.map(([word]) => word)).toEqual(
      expect.arrayContaining(['--wait', '--timeout', '--namespace', '--as']),
    );
  });
});
