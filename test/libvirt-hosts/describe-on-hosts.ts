import { describe, expect, it } from '@jest/globals';
import { missingForHosts } from './prerequisites.ts';

/**
 * A suite that needs libvirt hosts. Where there can be none it is skipped, and its title says why; where everything must
 * run (`CI=true`) it is one test that fails.
 */
export function describeOnHosts(title: string, suite: () => void): void {
  const missing = missingForHosts();
  const failing = () => it('has libvirt hosts', () => expect(missing).toBe('nothing'));
  if (missing === undefined) begin(describe, title, suite);
  else if (process.env['CI'] === 'true') begin(describe, title, failing);
  else begin(describe.skip, `${title} (there can be no libvirt hosts: ${missing})`, suite);
}

function begin(how: (title: string, suite: () => void) => void, title: string, suite: () => void): void {
  how(title, suite);
}
