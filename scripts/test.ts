/**
 * Runs all suites, also after one has failed, and ends with the line that machines read. Who skips a suite says why in
 * its title, which is printed here. `--also-failed N` counts N failures of steps before this one; `--only PROJECT` runs one
 * of them, and hands what follows `--` on to Jest.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { exitOnSignals, runNode } from './run-node.ts';

interface Project {
  readonly name: string;
  readonly mayBeEmpty?: boolean;
  /** Run before: makes the machine ready, or says what is missing. */
  readonly setup?: string;
  /** One suite after the other, each test with the time that it took. */
  readonly serial?: boolean;
  /** Suites at a time. Default: one for each processor but one, since suites with servers share the machine with them. */
  readonly workers?: number;
}

const PROJECTS: readonly Project[] = [
  { name: 'unit', workers: availableParallelism() },
  { name: 'exploration', workers: availableParallelism() },
  // Stories wait more than they work, and so do the recordings that are played.
  { name: 'integration', workers: availableParallelism() },
  // They wait so much that one for each processor leaves these idle.
  { name: 'e2e', mayBeEmpty: true, workers: availableParallelism() + 1 },
  // They wait more than they work.
  { name: 'faults', workers: availableParallelism() },
  // They wait more than they work, too.
  { name: 'install', setup: 'scripts/setup-install.ts', workers: availableParallelism() },
  { name: 'libvirt', setup: 'scripts/setup-libvirt.ts', serial: true },
];

/** The part of Jest's JSON report that is used here. */
interface JestReport {
  readonly success: boolean;
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly numRuntimeErrorTestSuites: number;
  readonly testResults: readonly {
    readonly name: string;
    /** Why the suite failed: all its failures, or what kept it from running. */
    readonly message: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly ancestorTitles: readonly string[];
      readonly fullName: string;
      readonly failureMessages: readonly string[] | null;
    }[];
  }[];
}

interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** One line for each suite in which something was skipped. */
  readonly skippedSuites: readonly string[];
  /** What failed and why, once more at the end: where the middle of a long output is cut, it would be lost. */
  readonly failures: readonly string[];
}

function skippedSuites(report: JestReport): string[] {
  return report.testResults.flatMap(({ name, assertionResults }) => {
    const skipped = assertionResults.filter(({ status }) => status === 'pending' || status === 'todo');
    const titles = new Set(skipped.map(({ ancestorTitles }) => ancestorTitles.join(' › ')));
    return [...titles].map((title) => `${relative(process.cwd(), name)}: ${title}`);
  });
}

function failures(report: JestReport): string[] {
  return report.testResults.flatMap(({ name, message, assertionResults }) => {
    const suite = relative(process.cwd(), name);
    const tests = assertionResults.filter(({ status }) => status === 'failed');
    return message !== '' && tests.length === 0
      ? [`${suite}\n${message}`]
      : tests.map(
          ({ fullName, failureMessages }) => `${suite}: ${fullName}\n${(failureMessages ?? []).join('\n')}`,
        );
  });
}

/** A suite that could not run, and a run that failed beside its tests, count as one failure each. */
function countOf(report: JestReport | undefined, exitCode: number): Count {
  if (report === undefined)
    return { passed: 0, failed: exitCode === 0 ? 0 : 1, skipped: 0, skippedSuites: [], failures: [] };
  const failed = report.numFailedTests + report.numRuntimeErrorTestSuites;
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && exitCode !== 0 ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
    skippedSuites: skippedSuites(report),
    failures: failures(report),
  };
}

async function runProject(project: Project, folder: string, forJest: readonly string[]): Promise<Count> {
  console.log(`\n── ${project.name} ──`);
  // What it could not do, the suites say themselves: they skip, or fail where everything must run.
  if (project.setup !== undefined) await runNode([project.setup]);
  const output = join(folder, `${project.name}.json`);
  const jest = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js'];
  const options = ['--selectProjects', project.name, '--json', '--outputFile', output];
  if (project.mayBeEmpty === true) options.push('--passWithNoTests');
  if (project.workers !== undefined) options.push('--maxWorkers', String(project.workers));
  if (project.serial === true) options.push('--runInBand', '--verbose');
  const code = await runNode([...jest, ...options, ...forJest]);
  const report = existsSync(output) ? (JSON.parse(readFileSync(output, 'utf8')) as JestReport) : undefined;
  return countOf(report, code);
}

async function runAll(projects: readonly Project[], forJest: readonly string[]): Promise<Count[]> {
  const folder = mkdtempSync(join(tmpdir(), 'medevac-test-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const counts: Count[] = [];
  for (const project of projects) counts.push(await runProject(project, folder, forJest));
  return counts;
}

function sum(counts: readonly Count[], of: (count: Count) => number): number {
  return counts.reduce((total, count) => total + of(count), 0);
}

exitOnSignals();

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { 'also-failed': { type: 'string', default: '0' }, only: { type: 'string' } },
});
const chosen = PROJECTS.filter(({ name }) => values.only === undefined || name === values.only);
if (chosen.length === 0) throw new Error(`there is no project ${values.only ?? ''}`);
const counts = await runAll(chosen, positionals);
const failed = sum(counts, (count) => count.failed) + Number(values['also-failed']);
for (const suite of counts.flatMap((count) => count.skippedSuites)) console.log(`skipped ${suite}`);
for (const failure of counts.flatMap((count) => count.failures)) console.log(`\nfailed ${failure}`);
console.log(
  `\n${sum(counts, (count) => count.passed)} passed, ${failed} failed, ${sum(counts, (count) => count.skipped)} skipped`,
);
process.exitCode = failed === 0 ? 0 : 1;
