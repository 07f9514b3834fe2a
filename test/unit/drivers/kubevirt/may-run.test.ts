import { describe, expect, it } from '@jest/globals';
import { observeVm } from '../../../../src/drivers/kubevirt/observe.ts';
import { aVirtualMachine } from './objects.ts';

const HALTED = { runStrategy: 'Halted' };

describe('a VM of which no instance is seen', () => {
  it.each([
    { name: 'is new, and off', spec: HALTED, status: {}, want: false },
    {
      name: 'is off, and KubeVirt has said so',
      spec: HALTED,
      status: { runStrategy: 'Halted' },
      want: false,
    },
    {
      name: 'is off, and has an instance',
      spec: HALTED,
      status: { runStrategy: 'Halted', created: true },
      want: true,
    },
    {
      name: 'is off, which KubeVirt has not seen',
      spec: HALTED,
      status: { runStrategy: 'Always' },
      want: true,
    },
    {
      name: 'is off in the older words',
      spec: { running: false, runStrategy: undefined },
      status: { runStrategy: 'Always' },
      want: true,
    },
    {
      name: 'is started by hand, and has no instance',
      spec: { runStrategy: 'Manual' },
      status: { runStrategy: 'Manual' },
      want: false,
    },
    {
      name: 'is started by hand, and has an instance',
      spec: { runStrategy: 'Manual' },
      status: { runStrategy: 'Manual', created: true },
      want: true,
    },
  ])('that $name: it may run is $want', ({ spec, status, want }) => {
    expect(
      observeVm(aVirtualMachine({ spec, status: { created: false, ...status } }), undefined).mayRun,
    ).toBe(want);
  });
});
