import { describe, expect, it } from '@jest/globals';
import { isNoted, requestHolds, requestOf } from '../../../../src/domain/evacuation/request.ts';
import { isFinished, tenantOf } from '../../../../src/domain/evacuation/pod.ts';
import { ago } from '../../../builders/evacuation.ts';
import { NOW, NOW_MS } from '../../../builders/observation.ts';
import { anObservedVm } from '../../../builders/vm.ts';

const MARK = { 'compute.medevac.dev/anchor': 'true' };
const OF_NAME = { 'compute.medevac.dev/instance': 'web-1' };
const OF_UID = { 'compute.medevac.dev/instance-uid': 'instance-1' };
const NOTE = { node: 'node-a', podUID: 'pod-1', requestedAt: NOW };
const runningOn = (node: string | undefined) => anObservedVm({ running: { node } }).running;

describe('the request to leave a node', () => {
  it.each([
    { name: 'nothing was asked', note: undefined, node: 'node-a', want: undefined },
    { name: 'it was asked where the VM is', note: NOTE, node: 'node-a', want: 'pod-1' },
    { name: 'the VM has left since', note: NOTE, node: 'node-b', want: undefined },
    { name: 'the VM is being booted', note: NOTE, node: undefined, want: 'pod-1' },
  ])('$name', ({ note, node, want }) => {
    expect(requestOf(note, runningOn(node))?.id).toBe(want);
  });

  it.each([
    {
      name: 'where the VM is',
      mark: 'node-a',
      note: undefined,
      want: { id: 'boot', requestedAt: undefined },
    },
    { name: 'of a node that it has left', mark: 'node-b', note: undefined, want: undefined },
    {
      name: 'beside a note, which is newer',
      mark: 'node-a',
      note: NOTE,
      want: { id: 'pod-1', requestedAt: NOW },
    },
  ])('is a mark of the backend: $name', ({ mark, note, want }) => {
    const { running } = anObservedVm({ running: { bootId: 'boot', node: 'node-a', evictionMark: mark } });
    const request = requestOf(note, running);
    expect(request && { id: request.id, requestedAt: request.requestedAt }).toEqual(want);
  });

  it.each([
    { name: 'that does not run', running: undefined },
    { name: 'that is nowhere yet, and has no mark', running: runningOn(undefined) },
  ])('is none of a VM $name', ({ running }) => {
    expect(requestOf(undefined, running)).toBeUndefined();
  });

  it('holds until it is withdrawn where it is the backend’s', () => {
    expect(requestHolds({ requestedAt: undefined }, NOW_MS)).toBe(Infinity);
  });

  it('holds for 30 s', () => {
    expect(requestHolds({ requestedAt: ago(29_000) }, NOW_MS)).toBe(1_000);
    expect(requestHolds({ requestedAt: ago(31_000) }, NOW_MS)).toBe(0);
  });

  it.each([
    { name: 'a moment ago', note: { ...NOTE, requestedAt: ago(9_999) }, want: true },
    { name: '10 s ago', note: { ...NOTE, requestedAt: ago(10_000) }, want: false },
    { name: 'of another pod', note: { ...NOTE, podUID: 'pod-0' }, want: false },
    { name: 'of another node', note: { ...NOTE, node: 'node-b' }, want: false },
    { name: 'never', note: undefined, want: false },
  ])('is noted already: $name', ({ note, want }) => {
    expect(isNoted(note, NOTE, NOW_MS)).toBe(want);
  });
});

describe('whose VM is in a pod', () => {
  const annotations = { 'kubevirt.io/domain': 'web-1' };
  const labels = { 'kubevirt.io': 'virt-launcher', 'kubevirt.io/created-by': 'boot-1' };
  const pod = { namespace: 'team-a', labels, annotations, controller: undefined, phase: 'Running' };

  it('is told by KubeVirt', () => {
    expect(tenantOf(pod)).toEqual({ kind: 'Boot', namespace: 'team-a', name: 'web-1', bootId: 'boot-1' });
  });

  const controller = { kind: 'Instance', uid: 'instance-1' };
  const ofAnchor = { ...pod, annotations: {}, labels: { ...MARK, ...OF_NAME, ...OF_UID }, controller };

  it('is told by an anchor that its Instance controls', () => {
    expect(tenantOf(ofAnchor)).toEqual({
      kind: 'Anchor',
      namespace: 'team-a',
      name: 'web-1',
      instanceUid: 'instance-1',
    });
  });

  it.each([
    { name: 'nobody controls it', fields: { controller: undefined } },
    { name: 'another Instance controls it', fields: { controller: { ...controller, uid: 'instance-2' } } },
    { name: 'something else controls it', fields: { controller: { ...controller, kind: 'ReplicaSet' } } },
    { name: 'it says nothing of a name', fields: { labels: { ...MARK, ...OF_UID } } },
    { name: 'it says nothing of a uid', fields: { labels: { ...MARK, ...OF_NAME } } },
    { name: 'it is no anchor', fields: { labels: { ...OF_NAME, ...OF_UID } } },
  ])('is nobody’s where a pod looks like an anchor, and $name', ({ fields }) => {
    expect(tenantOf({ ...ofAnchor, ...fields })).toBeUndefined();
  });

  it.each([
    { name: 'without the name', fields: { annotations: {} } },
    { name: 'without the boot', fields: { labels: {} } },
  ])('is nobody’s: $name', ({ fields }) => {
    expect(tenantOf({ ...pod, ...fields })).toBeUndefined();
  });

  it('is over when the pod has ended', () => {
    expect(['Pending', 'Running', 'Succeeded', 'Failed'].map((phase) => isFinished({ phase }))).toEqual([
      false,
      false,
      true,
      true,
    ]);
  });
});
