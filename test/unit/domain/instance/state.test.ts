import { describe, expect, it } from '@jest/globals';
import { stateOf } from '../../../../src/domain/instance/state.ts';
import { anInstanceObservation, anOperation } from '../../../builders/observation.ts';
import { STATE_ROWS } from './state-cases.ts';

describe('the state of an Instance', () => {
  it.each(STATE_ROWS)('with $name is $want', ({ vm, lock, node, want }) => {
    expect(stateOf(anInstanceObservation({ vm, ...(node && { node }) }), lock && anOperation(lock))).toBe(
      want,
    );
  });
});
