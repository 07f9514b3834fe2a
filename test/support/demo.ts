import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
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
