import { describe, expect, it } from '@jest/globals';
import { whose } from '../../kubevirt-simulator/replay/whose.ts';
import type { WriteReport } from '../../kubevirt-simulator/transports.ts';

const path = '/apis/kubevirt.io/v1/namespaces/vms/virtualmachineinstances/vm-a';
const patch: WriteReport = { by: 'virt-api', method: 'PATCH', path, resourceVersion: '7' };
const update: WriteReport = { by: 'virt-handler', method: 'PUT', path, resourceVersion: '7', changed: true };
const idle: WriteReport = {
  by: 'virt-controller',
  method: 'PUT',
  path,
  resourceVersion: '7',
  changed: false,
};
const deletion: WriteReport = { by: 'client', method: 'DELETE', path, resourceVersion: '7' };

describe('a revision with which several writes were answered', () => {
  it('is of the patch, where an update that was answered before it has changed nothing', () => {
    expect(whose([idle, patch], { isDeletion: false })?.by).toBe('virt-api');
  });

  it('is of the update that has changed something, also where a patch was answered before it', () => {
    expect(whose([patch, update], { isDeletion: false })?.by).toBe('virt-handler');
  });

  it('is of the one that was answered first, where nothing else is known', () => {
    expect(whose([patch, { ...patch, by: 'virt-controller' }], { isDeletion: false })?.by).toBe('virt-api');
  });

  it('is of the deletion, where it is one that sets the mark, and else of another', () => {
    expect(whose([patch, deletion], { isDeletion: true })?.by).toBe('client');
    expect(whose([deletion, patch], { isDeletion: false })?.by).toBe('virt-api');
  });

  it('is of the binding, where it gave a pod its node: a patch that changed nothing was answered with it', () => {
    const binding: WriteReport = { by: 'kube-scheduler', method: 'POST', path: `${path}/binding` };
    expect(whose([patch], { isDeletion: false, binding })?.by).toBe('kube-scheduler');
  });

  it('is of nobody that is known where none was', () => {
    expect(whose([], { isDeletion: false })).toBeUndefined();
  });
});
