import { describe, expect, it } from '@jest/globals';
import { caBundlePatch } from '../../../../src/webhooks/certificates/ca-bundle.ts';

const PEM = 'certificate';
const ENCODED = Buffer.from(PEM).toString('base64');

describe('the patch of a webhook configuration', () => {
  const test = { op: 'test', path: '/metadata/resourceVersion', value: '7' };
  const add = (index: number) => ({
    op: 'add',
    path: `/webhooks/${index}/clientConfig/caBundle`,
    value: ENCODED,
  });
  const table: { name: string; bundles: (string | undefined)[]; want: object[] }[] = [
    { name: 'has no webhooks', bundles: [], want: [] },
    { name: 'trusts us', bundles: [ENCODED, ENCODED], want: [] },
    { name: 'trusts nobody', bundles: [undefined, undefined], want: [test, add(0), add(1)] },
    { name: 'trusts somebody else', bundles: ['b3RoZXI='], want: [test, add(0)] },
    { name: 'trusts us in part', bundles: [ENCODED, undefined, ENCODED], want: [test, add(1)] },
  ];

  it.each(table)('that $name', ({ bundles, want }) => {
    const webhooks = bundles.map((caBundle) => ({
      clientConfig: caBundle === undefined ? {} : { caBundle },
    }));
    const metadata = { name: 'medevac', resourceVersion: '7' };
    expect(caBundlePatch({ metadata, webhooks }, PEM)).toEqual(want);
  });

  it('is empty where the configuration has no list at all', () => {
    expect(caBundlePatch({ metadata: { name: 'medevac' } }, PEM)).toEqual([]);
  });
});
