import { describe, expect, it } from '@jest/globals';
import { toldAnswer } from '../../kubevirt-simulator/replay/answer.ts';
import { atomsOf, learnNames } from '../../kubevirt-simulator/replay/atoms.ts';
import { compareEvents, compareOrder, compareWrites } from '../../kubevirt-simulator/replay/compare.ts';
import { unexplained } from '../../kubevirt-simulator/replay/exceptions.ts';
import { callsOf, readTrace } from '../../kubevirt-simulator/replay/lines.ts';
import type { TraceLine } from '../../kubevirt-simulator/replay/lines.ts';
import { scenarios } from '../../kubevirt-simulator/replay/scenarios.ts';

type Mutant = (lines: readonly TraceLine[]) => TraceLine[];

/** The first line of a kind that sets a path, changed; or nothing in its place. */
function where(kind: string, path: string, change: (line: TraceLine) => TraceLine[]): Mutant {
  return (lines) => {
    const first = lines.find((line) => line.kind === kind && line.changed?.[path] !== undefined);
    return lines.flatMap((line) => (line === first ? change(line) : [line]));
  };
}

function without(line: TraceLine, path: string): TraceLine {
  const { [path]: _dropped, ...changed } = line.changed ?? {};
  return { ...line, changed };
}

/** The first two lines that set a path, each with what the other sets: two writes in the wrong order. */
function swapped(kind: string, path: string): Mutant {
  return (lines) => {
    const [one, other] = lines.filter((line) => line.kind === kind && line.changed?.[path] !== undefined);
    return lines.map((line) => {
      if (line === one) return { ...line, changed: other?.changed ?? {} };
      return line === other ? { ...line, changed: one?.changed ?? {} } : line;
    });
  };
}

function changedEvent(change: (line: TraceLine) => TraceLine[]): Mutant {
  return (lines) => {
    const first = lines.find(({ type, reason }) => type === 'EVENT' && reason === 'SuccessfulHandOver');
    return lines.flatMap((line) => (line === first ? change(line) : [line]));
  };
}

const phase = 'status.phase';

/** What a simulator that does something else would have written in the place of the real one. */
const mutants: Readonly<Record<string, Mutant>> = {
  'a field that is not written': where('VMI', 'status.nodeName', (line) => [
    without(line, 'status.nodeName'),
  ]),
  'a label that is not written': where('Pod', 'metadata.labels.kubevirt.io/nodeName', () => []),
  'a write that is left out': where('VMIM', phase, () => []),
  'a field that is written and should not be': where('VMI', phase, (line) => [
    { ...line, changed: { ...line.changed, 'status.reason': 'Because' } },
  ]),
  'another value': where('VMI', phase, (line) => [
    { ...line, changed: { ...line.changed, [phase]: 'Failed' } },
  ]),
  'a value for a moment': where('VM', 'status.printableStatus', (line) => [
    { ...line, changed: { 'status.printableStatus': 'Paused' } },
    line,
  ]),
  'a write of another user': where('VMI', phase, (line) => [{ ...line, by: 'virt-api' }]),
  'a write of the other handler': where('VMI', 'status.migrationState.startTimestamp', (line) => [
    { ...line, by: 'virt-handler node-4 (fake)' },
  ]),
  'an update instead of a patch': where('VMI', 'status.migrationState', (line) => [
    { ...line, how: { verb: 'UPDATE' } },
  ]),
  'a status that is written with the rest': where('VMIM', phase, (line) => [
    { ...line, how: { verb: 'UPDATE' } },
  ]),
  'two phases in the wrong order': swapped('VMIM', phase),
  'two writes of a handler in the wrong order': (lines) => {
    const isHandlers = ({ kind, by = '' }: TraceLine) => kind === 'VMI' && by.startsWith('virt-handler');
    const [one, other] = lines.filter(isHandlers).slice(-2);
    return lines.map((line) => {
      if (line === one) return { ...other, t_ms: line.t_ms } as TraceLine;
      return line === other ? ({ ...one, t_ms: line.t_ms } as TraceLine) : line;
    });
  },
  'an object more': (lines) => [
    ...lines,
    ...lines.filter(({ type, kind }) => type === 'ADDED' && kind === 'Pod').slice(0, 1),
  ],
  'an object that stays': (lines) => lines.filter(({ type }) => type !== 'DELETED'),
  'a text of an event': changedEvent((line) => [{ ...line, message: `${line.message ?? ''}.` }]),
  'a warning for what is normal': changedEvent((line) => [{ ...line, level: 'Warning' }]),
  'an event of another controller': changedEvent((line) => [{ ...line, source: 'somebody' }]),
  'an event that is not told': changedEvent(() => []),
};

function differencesOf(scenario: string, want: readonly TraceLine[], got: readonly TraceLine[]) {
  const [wanted, found] = [atomsOf(want), atomsOf(got)];
  return unexplained(scenario, [
    ...compareWrites(wanted, found).differences,
    ...compareOrder(wanted, found).differences,
    ...compareEvents(want, got).differences,
  ]);
}

describe('the comparison finds in a migration that a rescued VM survives', () => {
  it.each(Object.entries(mutants))('%s', async (_what, mutant) => {
    const lines = await readTrace('rescued-vm-migrates');

    expect(differencesOf('rescued-vm-migrates', lines, mutant(lines))).not.toEqual([]);
  });

  it.each(Object.values(scenarios).flat())('but nothing in %s where nothing is', async (scenario) => {
    const lines = await readTrace(scenario);

    expect(differencesOf(scenario, lines, structuredClone(lines))).toEqual([]);
  });
});

describe('the comparison of answers', () => {
  const names = learnNames([]);
  const refusal = { message: 'no', reason: 'BadRequest', details: { causes: [{ message: 'no' }] } };

  it.each([
    ['another code', { code: 409, body: refusal }],
    ['another text', { code: 400, body: { ...refusal, message: 'No' } }],
    ['another reason', { code: 400, body: { ...refusal, reason: 'Invalid' } }],
    ['no reason', { code: 400, body: { ...refusal, reason: undefined } }],
    ['another cause', { code: 400, body: { ...refusal, details: { causes: [] } } }],
    ['a success', { code: 201, body: {} }],
  ])('finds %s', (_what, answer) => {
    expect(toldAnswer(answer, names)).not.toBe(toldAnswer({ code: 400, body: refusal }, names));
  });

  it('takes no port and no uid for a difference', () => {
    const answer = (port: number, uid: string) => {
      const message = `Post "https://virt-api.kubevirt.svc:${port}/x": (${uid})`;
      return toldAnswer({ code: 500, body: { message } }, names);
    };

    expect(answer(1, '00000000-0000-0000-0000-000000000001')).toBe(
      answer(2, '00000000-0000-0000-0000-000000000002'),
    );
  });

  it('has refusals to look at in the recordings', async () => {
    const answers = callsOf(await readTrace('admission')).map((call) => toldAnswer(call, names));

    expect(new Set(answers.filter((answer) => !/^2\d\d$/.test(answer))).size).toBeGreaterThanOrEqual(10);
  });
});
