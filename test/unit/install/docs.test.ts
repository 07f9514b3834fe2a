import { describe, expect, it } from '@jest/globals';
import { stepsOf, withoutRemark } from '../../install/docs/page.ts';
import { areAsShown, areAsToldInBrief, linesOf, toldByWatch } from '../../install/docs/printed.ts';

describe('the steps of a page', () => {
  it('are its commands with what they print, in order', () => {
    const page = [
      '# Page',
      '```console',
      '$ kubectl get pods \\',
      '>   -A',
      'NAME',
      'web-1',
      '$ true',
      '```',
      '```text',
      '$ not this',
      '```',
      '<!-- test: upgrade node-d -->',
      '```console watch',
      '$ kubectl get pods -w',
      '```',
    ].join('\n');
    expect(stepsOf(page)).toEqual([
      {
        kind: 'run',
        command: 'kubectl get pods \\\n  -A',
        output: ['NAME', 'web-1'],
        from: 4,
        to: 6,
      },
      { kind: 'run', command: 'true', output: [], from: 7, to: 7 },
      { kind: 'act', name: 'upgrade', argument: 'node-d' },
      { kind: 'watch', command: 'kubectl get pods -w', output: [], from: 14, to: 14 },
    ]);
  });

  it('begin with a command', () => {
    expect(() => stepsOf('```console\nNAME\n```')).toThrow('a console block begins with "$ ", not with NAME');
  });
});

it.each([
  { command: 'kubectl get nodes   # those that there are', want: 'kubectl get nodes' },
  { command: "grep '#' file", want: "grep '#' file" },
])('a command is read without the remark behind it: $command', ({ command, want }) => {
  expect(withoutRemark(command)).toBe(want);
});

describe('what is printed', () => {
  it.each([
    { name: 'the same', printed: ['a b'], shown: ['a b'], want: true },
    { name: 'other columns', printed: ['a    b '], shown: ['a b'], want: true },
    { name: 'another age', printed: ['web-1 Running 12s'], shown: ['web-1 Running 3m4s'], want: true },
    { name: 'another duration', printed: ['for 12 s)'], shown: ['for 1 s)'], want: true },
    { name: 'another state', printed: ['web-1 Failed 12s'], shown: ['web-1 Running 12s'], want: false },
    { name: 'another number', printed: ['2 nodes'], shown: ['3 nodes'], want: false },
    { name: 'what is left out', printed: ['pod/a-x7b2k evicted'], shown: ['pod/a-… evicted'], want: true },
    { name: 'lines that are left out', printed: ['a', 'b', 'c', 'd'], shown: ['a', '…', 'd'], want: true },
    { name: 'a line more', printed: ['a', 'b'], shown: ['a'], want: false },
    { name: 'a line less', printed: ['a'], shown: ['a', 'b'], want: false },
    { name: 'something where nothing is shown', printed: ['a'], shown: [], want: false },
  ])('$name', ({ printed, shown, want }) => {
    expect(areAsShown(printed, shown)).toBe(want);
  });

  it.each([
    { name: 'other line breaks', printed: ['Error: why a b'], shown: ['Error: … a', 'b'], want: true },
    { name: 'what is of no interest', printed: ['a configured'], shown: [], want: true },
    { name: 'a blank line before the next command', printed: ['a'], shown: ['a', ''], want: true },
    { name: 'another word', printed: ['a b'], shown: ['a', 'c'], want: false },
    { name: 'a word more', printed: ['a b c'], shown: ['a b'], want: false },
  ])('in brief: $name', ({ printed, shown, want }) => {
    expect(areAsToldInBrief(printed, shown)).toBe(want);
  });

  it.each([
    { name: 'no line twice in a row', printed: ['a 1s', 'a 2s', 'b', 'a 3s'], want: ['a 1s', 'b', 'a 3s'] },
    { name: 'no line for another node alone', printed: ['a node-b', 'a node-c'], want: ['a node-b'] },
    { name: 'no phase that few see', printed: ['a Queued', 'a Preparing', 'a Queued'], want: ['a Queued'] },
  ])('of a watch has $name', ({ printed, want }) => {
    expect(toldByWatch(printed)).toEqual(want);
  });

  it.each([
    { name: 'in another order', printed: ['x', 'Events:', 'b 1s', 'a 2s'], want: true },
    { name: 'with a phase that few see', printed: ['x', 'Events:', 'a 2s', 'Preparing', 'b 1s'], want: true },
    { name: 'with another one', printed: ['x', 'Events:', 'a 2s', 'b 1s', 'c 1s'], want: false },
    { name: 'with one less', printed: ['x', 'Events:', 'a 2s'], want: false },
    { name: 'of another object', printed: ['y', 'Events:', 'a 2s', 'b 1s'], want: false },
  ])('of Events, $name: $want', ({ printed, want }) => {
    expect(areAsShown(printed, ['x', 'Events:', 'a 2s', 'b 1s'])).toBe(want);
  });

  it('ends with its last line', () => {
    expect(linesOf('a  \n\nb\n\n')).toEqual(['a', '', 'b']);
  });

  it('is not what kubectl logs beside it', () => {
    const logged = 'I1128 22:09:04.226531   30073 reflector.go:664] "Warning: watch ended with error"';
    expect(linesOf(`${logged}\nweb-1 condition met\n`)).toEqual(['web-1 condition met']);
  });
});
