import { guestImage } from './guest/images.ts';
import { installPackages } from './prerequisites.ts';

/**
 * Makes this machine ready for libvirt hosts: Debian's packages where they may be installed, the kernel and the images of
 * the guests. Resolves to one sentence that says what is missing; undefined: nothing.
 */
export async function prepareMachine(say: (what: string) => void): Promise<string | undefined> {
  try {
    installPackages(say);
    await guestImage('root', say);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
