/**
 * Runs the fault tests: `npm run test:faults -- [--quick] [--report] [--runs N] [--seed N] [--only N,N] [options of Jest]`.
 * The long form tries every write and hundreds of lies, the quick one a part of them, another one each time. `--only` repeats
 * single runs of the lying network, by their numbers. `--report` writes what was found into docs/reliability.md.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { FaultResult } from '../test/faults/stories/results.ts';
import { table } from './generate/markdown.ts';
import { withSections } from './generate/sections.ts';
import { exitOnSignals, runNode } from './run-node.ts';

const PAGE = 'docs/reliability.md';
/** Who says in which order the suites of the long form are run. */
const SEQUENCER = './test/faults/sequencer.cjs';
/** Suite that waits for ten minutes in the long form. */
const WAITS = 'faults/control-plane/driver-away';

const { values, positionals } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    report: { type: 'boolean', default: false },
    runs: { type: 'string' },
    only: { type: 'string' },
    seed: { type: 'string' },
  },
  allowPositionals: true,
});

function report(folder: string): void {
  const results = readdirSync(folder).map(
    (name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as FaultResult,
  );
  const rows = results.map(({ fault, runs, violations, counts, longest = {} }) => [
    fault,
    String(runs),
    String(violations),
    [
      ...Object.entries(counts).map(([what, count]) => `${count} × ${what}`),
      ...Object.entries(longest).map(([what, ms]) => `${what}: ${Math.round(ms)} ms at most`),
    ].join(', '),
  ]);
  const total = results.reduce((sum, { runs }) => sum + runs, 0);
  const left = results.reduce((sum, { violations }) => sum + violations, 0);
  const lines = [
    ...table(['Fault', 'Runs', 'Violations', 'Of which'], rows),
    '',
    `${total} runs, ${left} violations.`,
  ];
  writeFileSync(PAGE, withSections(PAGE, { runs: lines }));
}

exitOnSignals();
const folder = mkdtempSync(join(tmpdir(), 'medevac-faults-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
const environment = {
  ...process.env,
  MEDEVAC_FAULTS: values.quick ? 'quick' : 'long',
  MEDEVAC_FAULTS_RESULTS: folder,
  ...(values.runs !== undefined && { MEDEVAC_FAULTS_RUNS: values.runs }),
  ...(values.only !== undefined && { MEDEVAC_FAULTS_ONLY: values.only }),
  ...(values.seed !== undefined && { MEDEVAC_FAULTS_SEED: values.seed }),
};
const jest = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js'];
const suites = [...jest, '--selectProjects', 'faults', '--maxWorkers', '2', ...positionals];
const isWhole = !values.quick && positionals.length === 0;
// What only waits takes no worker from what works.
const parts = isWhole
  ? [
      { part: ['--testPathIgnorePatterns', WAITS, '--testSequencer', SEQUENCER], own: {} },
      { part: ['--testPathPatterns', WAITS], own: { MEDEVAC_PORT_SHARE: '3' } },
    ]
  : [{ part: [], own: {} }];
const codes = await Promise.all(
  parts.map(({ part, own }) => runNode([...suites, ...part], { ...environment, ...own })),
);
if (values.report) report(folder);
process.exitCode = Math.max(...codes);
