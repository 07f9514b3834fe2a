import { describe, expect, it } from '@jest/globals';
import { whose } from '../../kubevirt-simulator/replay/whose.ts';
import type { WriteReport } from '../../kubevirt-simulator/transports.ts';

const path = '/apis/kubevirt.io/v1/namespaces/vms/virtualmachineinstances/vm-a';
const patch: WriteReport = { by: 'virt-api', method: 'PATCH', path, sentAt: 1, resourceVersion: '7' };
const update: WriteReport = { by: 'virt-controller', method: 'PUT', path, sentAt: 2, resourceVersion: '7' };
const deletion: WriteReport = { by: 'client', method: 'DELETE', path, sentAt: 3, resourceVersion: '7' };

describe('a revision with which several writes were answered', () => {
  it('is of the one that was sent first, also where that was answered last', () => {
    expect(whose([update, patch], false)?.by).toBe('virt-api');
  });

  it('is of the deletion, where it is one that sets the mark', () => {
    expect(whose([patch, update, deletion], true)?.by).toBe('client');
  });

  it('is of nobody that is known where none was', () => {
    expect(whose([], false)).toBeUndefined();
  });
});
