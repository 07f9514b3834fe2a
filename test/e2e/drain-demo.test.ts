import { describe, it } from '@jest/globals';
import { expectPromptDrain } from '../support/demo.ts';

describe('npm run demo -- drain --output json', () => {
  it('moves six VMs, two of them rescued, one round after the other, and none is down', async () => {
    await expectPromptDrain('kubevirt', { from: 'node-a', all: /^node-[bcd]$/, capable: /^node-[bc]$/ });
  }, 180_000);
});
