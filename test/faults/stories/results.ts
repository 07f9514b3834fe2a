import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What one suite has found, for docs/reliability.md. */
export interface FaultResult {
  readonly fault: string;
  readonly runs: number;
  readonly violations: number;
  /** What was done how often. */
  readonly counts: Readonly<Record<string, number>>;
  /** How long what took at most. Milliseconds. */
  readonly longest?: Readonly<Record<string, number>>;
}

/** Leaves a result where `npm run test:faults -- --report` looks for it; elsewhere nobody asks. */
export function leaveResult(name: string, result: FaultResult): void {
  const folder = process.env['MEDEVAC_FAULTS_RESULTS'];
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name.replaceAll(/[^a-z]+/gi, '-')}.json`), JSON.stringify(result));
}
