import { describe, expect, it } from '@jest/globals';
import { Instance } from '../../../src/api/instance.ts';
import { unsupportedInstanceFields } from '../../../src/domain/capabilities.ts';
import { renderVm } from '../../../src/domain/vm.ts';
import { renderVirtualMachine } from '../../../src/drivers/kubevirt/render.ts';
import { aRescueSpec, anIdentity, aVmOrder } from '../../builders/vm.ts';
import { aDriver } from '../../builders/world.ts';
import type { VirtualMachineSpec } from '../../kubevirt-simulator/objects/kinds.ts';
import { validateMachineSpec } from '../../kubevirt-simulator/virt-api/validate-spec.ts';
import { ACCEPTED_CASES } from '../api/cases.ts';

const { rescue } = aRescueSpec();

/** Portable specs that our validation lets in, and the driver kubevirt honours. */
const PORTABLE = ACCEPTED_CASES.filter(({ object }) => object.kind === 'Instance').flatMap(
  ({ name, object }) => {
    const spec = Instance.shape.spec.parse(object.spec);
    const isPortable = spec.kubevirt === undefined;
    return isPortable && unsupportedInstanceFields(spec, aDriver().capabilities).length === 0
      ? { name, spec }
      : [];
  },
);

describe('a VM of portable fields that were let in is one that virt-api lets in', () => {
  it.each(PORTABLE)('$name, in its normal boot and in rescue', ({ spec }) => {
    for (const boot of [spec.rescue, spec.rescue ?? rescue]) {
      const vm = renderVm(spec, anIdentity(spec), boot);
      const rendered = renderVirtualMachine({ ...aVmOrder('web-1'), vm });
      if (rendered.kind !== 'Rendered') throw new Error(rendered.message);
      expect(validateMachineSpec(rendered.vm.spec as unknown as VirtualMachineSpec, false)).toEqual([]);
    }
  });
});
