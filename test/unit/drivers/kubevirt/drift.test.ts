import { describe, expect, it } from '@jest/globals';
import { INSTANCE_UID_LABEL } from '../../../../src/api/names.ts';
import type { RenderedVm } from '../../../../src/domain/vm.ts';
import { Drift } from '../../../../src/drivers/kubevirt/drift.ts';
import { renderTemplate } from '../../../../src/drivers/kubevirt/render.ts';
import { parseVirtualMachine, type VirtualMachine } from '../../../../src/drivers/kubevirt/resources.ts';
import { withFields } from '../../../builders/fields.ts';
import { aRenderedVm, aSpec } from '../../../builders/vm.ts';
import { aVirtualMachine } from './objects.ts';

const WANTED = aRenderedVm(aSpec({ memory: '1024Mi' }));
const KEY = 'default/web-1';

/** The VM as it is stored, with KubeVirt's defaults in it and some fields changed. */
function stored(
  changed: Record<string, unknown> = {},
  vm: RenderedVm = WANTED,
  spec: object = {},
): VirtualMachine {
  const rendered = renderTemplate({ vm, instanceUid: 'instance-1' });
  if (rendered.kind !== 'Rendered') throw new Error(rendered.message);
  const defaults = {
    'metadata.creationTimestamp': null,
    'spec.architecture': 'amd64',
    'spec.domain.memory.guest': '1Gi',
    'spec.domain.resources': {},
  };
  const template = withFields(rendered.template, { ...defaults, ...changed });
  return aVirtualMachine({ spec: { template, ...spec } });
}

describe('what others have changed in a stored VM', () => {
  it.each<{ name: string; vm: VirtualMachine; wanted?: RenderedVm; want: string[] }>([
    { name: "nothing: the rest is KubeVirt's", vm: stored(), want: [] },
    {
      name: 'a field',
      vm: stored({ 'spec.domain.cpu.cores': 7 }),
      want: ['spec.template.spec.domain.cpu.cores'],
    },
    {
      name: 'another disk',
      vm: stored({ 'spec.domain.devices.disks': [] }),
      want: ['spec.template.spec.domain.devices.disks'],
    },
    {
      name: 'nothing, where another boot is wanted anyway',
      vm: stored({ 'spec.domain.cpu.cores': 7 }),
      wanted: aRenderedVm(aSpec({ memory: '2Gi' })),
      want: [],
    },
    {
      name: 'nothing, where it was taken over and says so from the next boot on',
      vm: stored({ [`metadata.labels`]: { [INSTANCE_UID_LABEL]: 'instance-before' } }),
      want: [],
    },
    { name: 'how it is run', vm: stored({}, WANTED, { runStrategy: 'Manual' }), want: ['spec.runStrategy'] },
    { name: 'nothing of one that is halted', vm: stored({}, WANTED, { runStrategy: 'Halted' }), want: [] },
  ])('$name', ({ vm, wanted = WANTED, want }) => {
    const drift = new Drift();
    expect(drift.of(KEY, vm, wanted)).toEqual(want);
    expect(drift.of(KEY, vm, wanted)).toEqual(want);
  });

  it('is not what a webhook has made of it as it was stored: another define would change nothing', () => {
    const drift = new Drift();
    const mutated = stored({ 'spec.evictionStrategy': 'None' });
    drift.learn(KEY, mutated, WANTED);
    expect(drift.of(KEY, mutated, WANTED)).toEqual([]);
    const changed = stored({ 'spec.evictionStrategy': 'None', 'spec.domain.cpu.cores': 7 });
    expect(drift.of(KEY, changed, WANTED)).toEqual(['spec.template.spec.domain.cpu.cores']);
    drift.forget(KEY);
    expect(new Drift().of(KEY, mutated, WANTED)).toEqual(['spec.template.spec.evictionStrategy']);
  });

  it('is not kept of VMs that are not ours: they may be many', () => {
    const template = { spec: { domain: { devices: {} } } };
    const raw = { ...aVirtualMachine(), spec: { runStrategy: 'Always', template } };
    expect(parseVirtualMachine(raw).template).toBe('');
    expect(JSON.parse(stored().template)).toMatchObject({ spec: { architecture: 'amd64' } });
  });
});
