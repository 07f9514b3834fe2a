import { describe, expect, it } from '@jest/globals';
import { parseNode } from '../../../../src/api/node.ts';
import { observeNode } from '../../../../src/domain/node/observe.ts';

type Ready = 'True' | 'False' | 'Unknown';

interface Row {
  readonly name: string;
  readonly ready?: Ready;
  readonly taints?: readonly string[];
  readonly want: { readonly ready: boolean; readonly reachable: boolean; readonly fenced: boolean };
}

const UP = { ready: true, reachable: true, fenced: false };

function look(ready: Ready | undefined, taints: readonly string[]) {
  const conditions = [
    { type: 'MemoryPressure', status: 'False' },
    ...(ready === undefined ? [] : [{ type: 'Ready', status: ready }]),
  ];
  return observeNode(
    parseNode({
      metadata: { name: 'node-a', uid: 'u', resourceVersion: '1', labels: { zone: 'a' } },
      spec: { unschedulable: true, taints: taints.map((key) => ({ key })) },
      status: { conditions },
    }),
  );
}

describe('a Node as Kubernetes shows it', () => {
  it.each<Row>([
    { name: 'is up', ready: 'True', want: UP },
    { name: 'says that it is not ready, and so is heard of', ready: 'False', want: { ...UP, ready: false } },
    { name: 'is not heard of', ready: 'Unknown', want: { ...UP, ready: false, reachable: false } },
    { name: 'has said nothing yet', want: { ...UP, ready: false } },
    { name: 'has a taint that says nothing of its guests', ready: 'True', taints: ['gpu'], want: UP },
    {
      name: 'is out of service, as an admin says',
      ready: 'Unknown',
      taints: ['gpu', 'node.kubernetes.io/out-of-service'],
      want: { ready: false, reachable: false, fenced: true },
    },
  ])('$name', ({ ready, taints = [], want }) => {
    expect(look(ready, taints)).toMatchObject({
      name: 'node-a',
      labels: { zone: 'a' },
      cordoned: true,
      ...want,
    });
  });
});
