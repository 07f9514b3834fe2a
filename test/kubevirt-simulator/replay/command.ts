import { kubectl } from '../../support/kubectl.ts';
import type { ControlPlane } from '../../control-plane/control-plane.ts';
import type { TraceLine } from './lines.ts';

/** Whether a note tells of a command that was typed, and of all that it printed. */
export function isCommand({ type, text = '' }: TraceLine): boolean {
  return type === 'NOTE' && /^kubectl .*\nexit \d/.test(text);
}

/** Types it once more, and tells of it in the same way. */
export async function repeatCommand(controlPlane: ControlPlane, { text = '' }: TraceLine): Promise<string> {
  const [typed = ''] = text.split('\n');
  const { code, stdout, stderr } = await kubectl(controlPlane, typed.split(' ').slice(1));
  return `${typed}\nexit ${code}\nstdout:\n${stdout}stderr:\n${stderr}`;
}
