import { describe, expect, it } from '@jest/globals';
import type { Condition } from '../../../src/api/conditions.ts';
import { reportUnreadable, type UnreadableObject } from '../../../src/domain/unreadable.ts';
import { NOW } from '../../builders/observation.ts';

const EARLIER = '2020-01-01T00:00:00Z';
const OBJECT: UnreadableObject = {
  kind: 'Instance',
  namespace: 'team-a',
  name: 'web-1',
  generation: 3,
  issue: 'spec.disks[0].name: Invalid input',
  status: undefined,
};
const MESSAGE = "Instance team-a/web-1 can't be read: spec.disks[0].name: Invalid input. Correct that field.";

const said = (type: string, status: Condition['status'], message = MESSAGE) => ({
  type,
  status,
  reason: 'InvalidSpec',
  message,
  observedGeneration: 3,
  lastTransitionTime: NOW,
});
const STALLED = [said('Reconciling', 'False'), said('Stalled', 'True'), said('Ready', 'False')];

const before = (type: string, status: Condition['status'], message = 'As it was.') => ({
  type,
  status,
  reason: 'AsItWas',
  message,
  observedGeneration: 2,
  lastTransitionTime: EARLIER,
});

describe('the status of an object that can not be read', () => {
  it.each<{ name: string; status: unknown; want: unknown }>([
    {
      name: 'says so where nothing was said yet',
      status: undefined,
      want: { observedGeneration: 3, conditions: STALLED },
    },
    {
      name: 'keeps what else is known, also what we do not know',
      status: { observedGeneration: 2, operation: { type: 'Migrate', uid: 'u' }, resolved: 7, odd: [1] },
      want: {
        observedGeneration: 3,
        operation: { type: 'Migrate', uid: 'u' },
        resolved: 7,
        odd: [1],
        conditions: STALLED,
      },
    },
    {
      name: 'keeps the other conditions, and the time of those that do not change their status',
      status: {
        conditions: [before('Reconciling', 'False'), before('Rescued', 'True'), before('Ready', 'True')],
      },
      want: {
        observedGeneration: 3,
        conditions: [
          before('Rescued', 'True'),
          { ...said('Reconciling', 'False'), lastTransitionTime: EARLIER },
          said('Stalled', 'True'),
          said('Ready', 'False'),
        ],
      },
    },
    {
      name: 'replaces conditions that are none',
      status: { conditions: 'none' },
      want: { observedGeneration: 3, conditions: STALLED },
    },
    {
      name: 'replaces a status that is none',
      status: 'x',
      want: { observedGeneration: 3, conditions: STALLED },
    },
  ])('$name', ({ status, want }) => {
    expect(reportUnreadable({ ...OBJECT, status }, NOW).status).toEqual(want);
  });

  it('is the same again when nothing has changed', () => {
    const { status } = reportUnreadable(
      { ...OBJECT, status: { conditions: [before('Ready', 'True')] } },
      EARLIER,
    );
    expect(reportUnreadable({ ...OBJECT, status }, NOW).status).toEqual(status);
  });

  it('tells the user of a LiveMigration what helps', () => {
    const { announcement } = reportUnreadable({ ...OBJECT, kind: 'LiveMigration' }, NOW);
    expect(announcement?.note).toBe(
      "LiveMigration team-a/web-1 can't be read: spec.disks[0].name: Invalid input. " +
        'The spec of a LiveMigration never changes: delete it, and create another.',
    );
  });
});

describe('an Event of an object that can not be read', () => {
  const told = (status: unknown) => reportUnreadable({ ...OBJECT, status }, NOW).announcement;

  it('warns of what is new', () => {
    const want = { type: 'Warning', reason: 'InvalidSpec', action: 'Observe', note: MESSAGE };
    expect(told(undefined)).toEqual(want);
    expect(told({ conditions: [before('Stalled', 'True', 'Another field.')] })).toEqual(want);
  });

  it('is not made of what was said', () => {
    expect(told({ conditions: [before('Stalled', 'True', MESSAGE)] })).toBeUndefined();
  });
});
