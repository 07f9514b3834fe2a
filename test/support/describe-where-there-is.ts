import { describe, expect, it } from '@jest/globals';

/**
 * A suite that needs something that not every machine has. Where it is missing the suite is skipped, and its title says
 * why; where everything must run (`CI=true`) it is one test that fails.
 * @param what plural, such as `libvirt hosts`
 * @param missing half a sentence that says why there is none; undefined: there is
 */
export function describeWhereThereIs(
  what: string,
  missing: string | undefined,
  title: string,
  suite: () => void,
): void {
  const failing = () => it(`has ${what}`, () => expect(missing).toBe('nothing'));
  if (missing === undefined) begin(describe, title, suite);
  else if (process.env['CI'] === 'true') begin(describe, title, failing);
  else begin(describe.skip, `${title} (there can be no ${what}: ${missing})`, suite);
}

function begin(how: (title: string, suite: () => void) => void, title: string, suite: () => void): void {
  how(title, suite);
}
