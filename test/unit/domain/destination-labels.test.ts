import { describe, expect, it } from '@jest/globals';
import { InstanceState } from '../../../src/api/instance.ts';
import { DESTINATION_LABEL } from '../../../src/api/names.ts';
import { requiredDestinationLabels } from '../../../src/domain/gate.ts';

describe('the labels that a destination must have', () => {
  it.each(InstanceState.options)('for %s', (state) => {
    const want = state === 'Rescued' ? { [DESTINATION_LABEL]: 'true' } : {};
    expect(requiredDestinationLabels(state)).toEqual(want);
  });
});
