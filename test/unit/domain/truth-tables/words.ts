import type { Verdict } from '../../../../src/domain/verdict.ts';

/** An answer as the truth tables say it. */
export function wordsOf(verdict: Verdict): string {
  if (verdict.kind === 'Refused') return `${verdict.code} ${verdict.reason}`;
  return verdict.warnings.length > 0 ? 'warning' : 'admitted';
}
