import { notServedText } from '../../../src/domain/served.ts';
import { admittedWith } from '../../../src/domain/verdict.ts';
import type { MessageCase } from './cases.ts';

/** Of an operator that is limited to namespaces, where its webhooks are asked about others all the same. */
export const ELSEWHERE_WARNINGS: readonly MessageCase[] = [
  {
    when: 'The operator is limited by `--namespaces`, and its webhooks were registered without the `namespaceSelector` that the chart gives them.',
    answer: admittedWith(notServedText('NAMESPACE', 'INSTANCE')),
    remedy: '[Limited to namespaces](how-to/limit-to-namespaces.md).',
  },
];
