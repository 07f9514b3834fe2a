import { describe, expect, it } from '@jest/globals';
import { keptAsItIs } from '../../../src/domain/kept-as-it-is.ts';
import { notServedText } from '../../../src/domain/served.ts';

describe('what is let in, and not acted on, is warned of', () => {
  it('in a namespace that the operator does not work in', () => {
    expect(notServedText('team-b', 'web-1')).toBe(
      'medevac does not work in namespace "team-b": nothing becomes of team-b/web-1 until an admin of the cluster ' +
        'adds the namespace to its setting --namespaces (chart: namespaces).',
    );
  });

  it('where an edit leaves something as wrong as it was', () => {
    expect(keptAsItIs('spec.disks[0].name: Invalid input')).toEqual({
      kind: 'Admitted',
      warnings: [
        'spec.disks[0].name: Invalid input. It was so before and is left as it is, ' +
          'but nothing is done until that field is corrected.',
      ],
    });
  });
});
