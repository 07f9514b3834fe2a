/**
 * Makes this machine ready for libvirt hosts. What is missing is said in one sentence; it is an error only where everything
 * must run (`CI=true`).
 */
import { prepareMachine } from '../test/libvirt-hosts/preparation.ts';

function say(what: string): void {
  console.error(`setup: ${what}`);
}

const missing = await prepareMachine(say);
if (missing !== undefined) {
  say(missing);
  process.exitCode = process.env['CI'] === 'true' ? 1 : 0;
}
