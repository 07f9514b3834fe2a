import { describe, expect, it } from '@jest/globals';
import { apiVersionOf, collectionPath, formatKey, objectPath, parseKey } from '../../../src/kube/resource.ts';
import type { Resource } from '../../../src/kube/resource.ts';

const PODS: Resource = { group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true };
const NODES: Resource = { ...PODS, plural: 'nodes', kind: 'Node', namespaced: false };
const VMS: Resource = {
  ...PODS,
  group: 'subresources.kubevirt.io',
  plural: 'virtualmachines',
  kind: 'VirtualMachine',
};

describe('the path', () => {
  it.each([
    ['of all pods', collectionPath(PODS), '/api/v1/pods'],
    ['of the pods of a namespace', collectionPath(PODS, 'team-a'), '/api/v1/namespaces/team-a/pods'],
    ['of nodes, whatever the namespace', collectionPath(NODES, 'team-a'), '/api/v1/nodes'],
    ['of a node', objectPath(NODES, { namespace: '', name: 'n1' }), '/api/v1/nodes/n1'],
    ['of a pod', objectPath(PODS, { namespace: 'a', name: 'p' }), '/api/v1/namespaces/a/pods/p'],
    [
      'of a subresource of another group',
      objectPath(VMS, { namespace: 'a', name: 'vm' }, 'restart'),
      '/apis/subresources.kubevirt.io/v1/namespaces/a/virtualmachines/vm/restart',
    ],
    [
      'of a name that needs quoting',
      objectPath(NODES, { namespace: '', name: 'system:a/b' }),
      '/api/v1/nodes/system%3Aa%2Fb',
    ],
  ])('%s', (_, path, want) => {
    expect(path).toBe(want);
  });

  it('of a namespaced object without its namespace is a bug, not the path of something else', () => {
    expect(() => objectPath(PODS, { namespace: '', name: 'p' })).toThrow('Pod p is namespaced');
  });
});

describe('a key', () => {
  it.each([
    [{ namespace: 'a', name: 'b' }, 'a/b'],
    [{ namespace: '', name: 'node-1' }, 'node-1'],
  ])('%j is %s and back', (key, text) => {
    expect(formatKey(key)).toBe(text);
    expect(parseKey(text)).toEqual(key);
  });
});

describe('an apiVersion', () => {
  it.each([
    [PODS, 'v1'],
    [VMS, 'subresources.kubevirt.io/v1'],
  ])('has a group only where there is one', (resource, want) => {
    expect(apiVersionOf(resource)).toBe(want);
  });
});
