import { describe } from '@jest/globals';
import { missingForHosts } from './prerequisites.ts';

/**
 * A suite that needs libvirt hosts. Where there can be none it is skipped, and its title says why; where everything must
 * run (`CI=true`) it is not, and fails as the hosts do not start.
 */
export function describeOnHosts(title: string, suite: () => void): void {
  const missing = process.env['CI'] === 'true' ? undefined : missingForHosts();
  const begin = missing === undefined ? describe : describe.skip;
  begin(missing === undefined ? title : `${title} (there can be no libvirt hosts: ${missing})`, suite);
}
