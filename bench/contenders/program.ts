import type { Command } from '../../test/control-plane/guarded-programs.ts';
import type { Ground } from '../stage/ground.ts';
import type { RunningContender } from './contender.ts';

const CONTENDER = 'contender';

/** Starts a program that finds the API server by KUBECONFIG, and ends with the control plane. */
export async function startProgram(
  { controlPlane }: Ground,
  user: string,
  command: Command,
): Promise<RunningContender> {
  const env = { KUBECONFIG: await controlPlane.kubeconfig(user) };
  const start = () => controlPlane.startProgram(CONTENDER, { ...command, env });
  await start();
  return {
    get pid() {
      return controlPlane.pids()[CONTENDER] ?? 0;
    },
    stop: () => controlPlane.stopProgram(CONTENDER),
    startAgain: start,
  };
}
