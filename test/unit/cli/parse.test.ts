import { describe, expect, it } from '@jest/globals';
import { DiskBus, DiskDevice } from '../../../src/api/hardware.ts';
import { MigrationPolicy } from '../../../src/api/live-migration.ts';
import { OnExpiry } from '../../../src/api/rescue.ts';
import { COMMANDS } from '../../../src/cli/commands.ts';
import { GLOBAL_FLAGS } from '../../../src/cli/flags.ts';
import { parseCommandLine } from '../../../src/cli/parse.ts';
import { usageText } from '../../../src/cli/usage.ts';
import { complaintOf, invocationOf } from './invocations.ts';

describe('a command line', () => {
  it.each([
    [[], undefined],
    [['--help'], undefined],
    [['-h'], undefined],
    [['help'], undefined],
    [['help', 'rescue'], 'rescue'],
    [['rescue', '--help'], 'rescue'],
    [['rescue', 'web-1', '-h'], 'rescue'],
  ])('%j asks for help', (words, wantCommand) => {
    const request = parseCommandLine(words, COMMANDS);
    expect(request.kind).toBe('Help');
    expect(request.command?.name).toBe(wantCommand);
  });

  it('takes flags before and after the name, short and long, with and without an equals sign', () => {
    const invocation = invocationOf('list', '-A', '-ojson', '--context=here', '-n', 'team-a', '--as', 'bob');
    expect(invocation.has('all-namespaces')).toBe(true);
    expect(['output', 'context', 'namespace', 'as'].map((flag) => invocation.text(flag))).toEqual([
      'json',
      'here',
      'team-a',
      'bob',
    ]);
    expect(invocationOf('rescue', '--image', 'a/b:1', 'web-1').names).toEqual(['web-1']);
    expect(invocationOf('migrate', 'web-1', '-l', 'a=1', '-l', 'b=2').texts('selector')).toEqual([
      'a=1',
      'b=2',
    ]);
  });

  it.each([
    [['rescu', 'web-1'], 'there is no verb "rescu". See kubectl medevac --help.'],
    [['rescue'], 'rescue needs NAME. See kubectl medevac rescue --help.'],
    [
      ['unrescue', 'web-1', 'web-2'],
      'unrescue takes one NAME, but "web-2" was given as well. See kubectl medevac unrescue --help.',
    ],
    [['list', 'web-1'], 'list takes no argument, but "web-1" was given. See kubectl medevac list --help.'],
    [['list', '--al'], "unknown option '--al'. See kubectl medevac list --help."],
    [['list', '-o', 'xml'], '--output must be one of json, yaml, wide. See kubectl medevac list --help.'],
    [['list', '-n', ''], '--namespace needs a value. See kubectl medevac list --help.'],
    [['list', '-n'], "option '-n, --namespace <value>' argument missing. See kubectl medevac list --help."],
  ])('%j is refused before anything is sent', (words, wantMessage) => {
    expect(complaintOf(() => parseCommandLine(words, COMMANDS))).toEqual({
      message: wantMessage,
      exitCode: 2,
    });
  });
});

describe('the verbs', () => {
  it('have no two flags of one name or letter', () => {
    for (const { flags } of COMMANDS) {
      const all = [...GLOBAL_FLAGS, ...flags];
      const words = all.flatMap(({ name, short }) => (short === undefined ? [name] : [name, short]));
      expect(new Set(words).size).toBe(words.length);
    }
  });

  it('offer the choices that the API has', () => {
    const choices = (verb: string, flag: string) =>
      COMMANDS.find(({ name }) => name === verb)?.flags.find(({ name }) => name === flag)?.choices;
    expect(choices('rescue', 'device')).toEqual(DiskDevice.options);
    expect(choices('rescue', 'bus')).toEqual(DiskBus.options);
    expect(choices('rescue', 'on-expiry')).toEqual(OnExpiry.options);
    expect(choices('migrate', 'on-timeout')).toEqual(MigrationPolicy.shape.onTimeout.unwrap().options);
  });

  it('are all in the help, each with all of its flags', () => {
    const help = usageText(undefined, COMMANDS);
    for (const command of COMMANDS) {
      expect(help).toContain(`\n  ${command.name} `);
      const own = usageText(command, COMMANDS);
      for (const { name } of [...command.flags, ...GLOBAL_FLAGS]) expect(own).toContain(`--${name}`);
    }
  });
});
