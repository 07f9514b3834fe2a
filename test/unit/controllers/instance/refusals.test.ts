import { describe, expect, it } from '@jest/globals';
import { Refusals } from '../../../../src/controllers/instance/refusals.ts';
import { ACCEPTED, type Outcome } from '../../../../src/domain/outcome.ts';

const BEGUN = '2026-11-01T00:00:00.000Z';
const START = Date.parse(BEGUN);
const REFUSED: Outcome = { kind: 'Rejected', message: 'spec.domain.machine.type is not supported' };

describe('what a driver has refused', () => {
  interface Row {
    readonly name: string;
    readonly answer: Outcome;
    readonly again?: { readonly order?: unknown; readonly afterMs?: number; readonly key?: string };
    readonly wantAsked: number;
  }

  it.each<Row>([
    { name: 'is not ordered again at once', answer: REFUSED, wantAsked: 1 },
    { name: 'is not ordered again too early', answer: REFUSED, again: { afterMs: 4_999 }, wantAsked: 1 },
    { name: 'is ordered again in its time', answer: REFUSED, again: { afterMs: 5_000 }, wantAsked: 2 },
    { name: 'says nothing of another order', answer: REFUSED, again: { order: { cores: 2 } }, wantAsked: 2 },
    {
      name: 'says nothing of another Instance',
      answer: REFUSED,
      again: { key: 'team-a/web-2' },
      wantAsked: 2,
    },
    {
      name: 'stands as well where the driver can not',
      answer: { kind: 'Unsupported', message: 'no' },
      wantAsked: 1,
    },
    { name: 'is another thing than being busy', answer: { kind: 'Busy', message: 'wait' }, wantAsked: 2 },
    { name: 'is another thing than no answer', answer: { kind: 'Unavailable', message: '' }, wantAsked: 2 },
    { name: 'is another thing than consent', answer: ACCEPTED, wantAsked: 2 },
  ])('$name', async ({ answer, again = {}, wantAsked }) => {
    const refusals = new Refusals();
    let asked = 0;
    const give = () => {
      asked += 1;
      return Promise.resolve(answer);
    };
    const first = { key: 'team-a/web-1', order: { cores: 1 }, begun: BEGUN, now: START };
    const { afterMs = 0, ...others } = again;

    const answers = [
      await refusals.answer(first, give),
      await refusals.answer({ ...first, ...others, now: START + afterMs }, give),
    ];

    expect(asked).toBe(wantAsked);
    expect(answers).toEqual([answer, answer]);
  });

  it('stands longer each time, and what is left of it is told', async () => {
    const refusals = new Refusals();
    const give = () => Promise.resolve(REFUSED);
    const attempt = { key: 'team-a/web-1', order: {}, begun: BEGUN };

    await refusals.answer({ ...attempt, now: START + 20_000 }, give);

    expect(refusals.left('team-a/web-1', START + 30_000)).toBe(10_000);
    expect(refusals.left('team-a/web-2', START + 30_000)).toBeUndefined();
  });

  const KEY = 'team-a/web-1';
  const other = { key: KEY, order: 'other', begun: BEGUN, now: START };

  it.each<{ readonly name: string; readonly end: (refusals: Refusals) => unknown }>([
    { name: 'the Instance is gone', end: (refusals) => refusals.forget(KEY) },
    {
      name: 'another order is taken',
      end: (refusals) => refusals.answer(other, () => Promise.resolve(ACCEPTED)),
    },
  ])('is forgotten when $name', async ({ end }) => {
    const refusals = new Refusals();
    await refusals.answer({ key: 'team-a/web-1', order: {}, begun: BEGUN, now: START }, () =>
      Promise.resolve(REFUSED),
    );

    await end(refusals);

    expect(refusals.left(KEY, START)).toBeUndefined();
  });
});
