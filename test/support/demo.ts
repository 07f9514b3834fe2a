import { expect } from '@jest/globals';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { DrainReport } from '../../scripts/demo/drain.ts';
import type { Report, Step } from '../../scripts/demo/story.ts';
import type { StageDriver } from './stage.ts';

const DEMO = fileURLToPath(new URL('../../scripts/demo.ts', import.meta.url));

/** Runs `npm run demo` with these arguments. Rejects with `code` and `stderr` where it fails. */
export function runDemo(
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<{ stdout: string; stderr: string }> {
  return promisify(execFile)(process.execPath, [DEMO, ...args], { env });
}

/** What the demo has seen, and the timeline that it told meanwhile. */
export async function playDemo(driver: StageDriver): Promise<{ report: Report; timeline: string }> {
  const { stdout, stderr } = await runDemo(['--driver', driver, '--output', 'json']);
  return { report: JSON.parse(stdout) as Report, timeline: stderr };
}

/** What the demo of a drain has seen, and how many seconds after the last arrival kubectl ended, which its timeline tells. */
async function playDrain(driver: StageDriver): Promise<{ report: DrainReport; kubectlEndedAfter: number }> {
  const { stdout, stderr } = await runDemo(['drain', '--driver', driver, '--output', 'json']);
  const ended = /kubectl ended (\S+) s after it/.exec(stderr)?.[1];
  return { report: JSON.parse(stdout) as DrainReport, kubectlEndedAfter: Number(ended) };
}

/** The promise of a drain in figures: nothing is lost between migrations, and nobody is down. */
export async function expectPromptDrain(
  driver: StageDriver,
  nodes: { readonly from: string; readonly all: RegExp; readonly capable: RegExp },
): Promise<void> {
  const { report, kubectlEndedAfter } = await playDrain(driver);
  const { vms, kubectlExitCode, wallSeconds, idealSeconds, ...others } = report;
  expect(others).toEqual({});
  expect(vms).toEqual([1, 2, 3, 4, 5, 6].map((number) => moved(number, nodes)));
  expect(kubectlExitCode).toBe(0);
  // Three rounds of migrations that are long enough for what is around them not to count.
  expect(idealSeconds).toBeGreaterThanOrEqual(3 * 10);
  expect(wallSeconds).toBeLessThanOrEqual(1.15 * idealSeconds);
  // It may find the pod gone a moment before the operator has found the VM arrived.
  expect(kubectlEndedAfter).toBeGreaterThan(-1);
  // kubectl looks every 5 s: after one look in vain it would be 10. A machine that does other things as well takes its time.
  expect(kubectlEndedAfter).toBeLessThan(8);
}

function moved(number: number, { from, all, capable }: Parameters<typeof expectPromptDrain>[1]) {
  const rescued = number === 2 || number === 5;
  const to: unknown = expect.stringMatching(rescued ? capable : all);
  const name = `vm-${number}`;
  return { name, rescued, outcome: 'Migrated', reason: null, from, to, secondsDown: 0 };
}

export function stepsOf({ steps }: Report): [Step['step'], string][] {
  return steps.map(({ step, state }) => [step, state]);
}

export const STORY = [
  ['create', 'Running'],
  ['rescue', 'Rescued'],
  ['migrate', 'Rescued'],
  ['unrescue', 'Running'],
];

/** Case, code, reason, and a part of the message; `incapable`: the node that the demo asks for in vain. */
export function refusalsWith(incapable: string) {
  return [
    ['destination', 400, 'BadRequest', `destination node "${incapable}"`],
    ['v1alpha1', 409, 'Forbidden', 'while it is Rescued'],
    [
      'unrescue-while-migrating',
      409,
      'Forbidden',
      'Cannot unrescue Instance team-a/web-1 while LiveMigration web-1-away is unfinished',
    ],
  ] as const;
}
