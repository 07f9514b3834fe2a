/**
 * Makes this machine ready for libvirt hosts: Debian's packages where they may be installed, the kernel and the images of
 * the guests. What is missing is said in one sentence; it is an error only where everything must run (`CI=true`).
 */
import { guestImage } from '../test/libvirt-hosts/guest/images.ts';
import { installPackages } from '../test/libvirt-hosts/prerequisites.ts';

function say(what: string): void {
  console.error(`setup: ${what}`);
}

try {
  installPackages(say);
  await guestImage('root', say);
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = process.env['CI'] === 'true' ? 1 : 0;
}
