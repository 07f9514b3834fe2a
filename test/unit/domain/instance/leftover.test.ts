import { describe, expect, it } from '@jest/globals';
import { isToBeRemoved } from '../../../../src/domain/instance/leftover.ts';
import { anObservedVm } from '../../../builders/vm.ts';
import { aDriver } from '../../../builders/world.ts';

describe('what is left of an Instance that is gone', () => {
  const { capabilities } = aDriver();
  const leftToUs = { ...capabilities, followsOwnerReferences: false };
  it.each([
    { name: 'nothing', vm: undefined, want: false },
    { name: 'a VM that was to go with it', vm: anObservedVm(), want: true },
    { name: 'a VM that was to stay', vm: anObservedVm({ deletionPolicy: 'Retain' }), want: false },
    { name: "somebody's VM", vm: anObservedVm({ instanceUid: undefined }), want: false },
    { name: 'a VM of another Instance that is there', vm: anObservedVm(), vmOwner: 'web-2', want: false },
    { name: 'a VM that goes by itself', vm: anObservedVm(), capabilities, want: false },
  ])('$name is removed: $want', ({ vm, vmOwner, want, ...rest }) => {
    expect(isToBeRemoved({ vm, vmOwner, capabilities: rest.capabilities ?? leftToUs })).toBe(want);
  });
});
