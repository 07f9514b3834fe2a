import { describe, expect, it } from '@jest/globals';
import { FULL, readOptions } from '../../../bench/options.ts';

describe('options of the benchmark', () => {
  it('are the full form by default', () => {
    expect(readOptions([])).toMatchObject({
      sizes: [1_000, 5_000, 10_000],
      runs: 5,
      scale: FULL,
      output: 'text',
    });
  });

  it('are small with --quick, and what else is given wins', () => {
    expect(readOptions(['--quick', '--runs', '3', '--sizes', '50,80', '--output', 'json'])).toMatchObject({
      sizes: [50, 80],
      runs: 3,
      output: 'json',
    });
  });

  it('leave out who only explains another with --quick, unless it is asked for', () => {
    const peers = ['controller-runtime', 'kube-rs', 'kopf', 'client-node', 'client-node-pooled'];
    expect(readOptions(['--quick'])).toMatchObject({ contenders: ['medevac', ...peers] });
    const asked = ['medevac', 'medevac-unguarded'];
    expect(readOptions(['--quick', '--contenders', asked.join(',')])).toMatchObject({ contenders: asked });
  });

  it('choose contenders and workloads', () => {
    const chosen = readOptions(['--contenders', 'medevac,kopf', '--workloads', 'create,idle', '--idle', '7']);
    expect(chosen).toMatchObject({ contenders: ['medevac', 'kopf'], workloads: ['create', 'idle'] });
    expect(chosen).toMatchObject({ scale: { idleMs: 7_000 } });
  });

  it('that go on with what was kept keep it as well', () => {
    expect(readOptions(['--resume'])).toMatchObject({ resume: true, keep: true });
    expect(readOptions(['--keep'])).toMatchObject({ resume: false, keep: true });
  });

  it.each([
    { argv: ['--contenders', 'helm'], want: '--contenders: helm is none of medevac, ' },
    { argv: ['--workloads', 'sleep'], want: '--workloads: sleep is none of start, ' },
    { argv: ['--runs', '0'], want: '--runs: 0 is not a number above 0' },
    { argv: ['--sizes', '10,many'], want: '--sizes: many is not a number above 0' },
    {
      argv: ['--sizes', '200,5000'],
      want: '--sizes: 200 is not above 201, the Instances that are there before',
    },
    {
      argv: ['--sizes', '5000,1000'],
      want: '--sizes: 1000 is not above 5000, the Instances that are there before',
    },
    { argv: ['--output', 'yaml'], want: '--output: yaml is none of text, json' },
  ])('$argv are refused', ({ argv, want }) => {
    expect(() => readOptions(argv)).toThrow(want);
  });
});
