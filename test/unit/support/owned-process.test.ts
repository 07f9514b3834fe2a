import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from '@jest/globals';
import { isAlive } from '../../support/processes.ts';
import { waitFor } from '../../support/wait.ts';

const OWNED = new URL('../../support/owned-process.ts', import.meta.url).href;
const OWNER = `
import { spawnOwned } from '${OWNED}';
const { pid, stdout } = spawnOwned(['-e', 'setInterval(() => {}, 1000); console.log("runs")']);
stdout.once('data', () => console.log(pid));
`;

it.each(['SIGTERM', 'SIGKILL'] as const)('a program ends with its owner: %s', async (signal) => {
  const owner = spawn(process.execPath, ['--input-type=module', '-e', OWNER], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said] = (await once(owner.stdout, 'data')) as [Buffer];
  const pid = Number(said.toString());
  expect(isAlive(pid)).toBe(true);

  owner.kill(signal);

  await waitFor('the program has ended', () => !isAlive(pid));
});
