import { describe, expect, it } from '@jest/globals';
import { MIGRATION_UID_LABEL } from '../../../../src/api/names.ts';
import type { AnchorOrder } from '../../../../src/domain/anchor/order.ts';
import { anchorBudget, anchorPod, budgetName } from '../../../../src/domain/anchor/pod.ts';
import { fingerprint } from '../../../../src/domain/fingerprint.ts';

const OWNER = { namespace: 'team-a', name: 'web-1', uid: 'uid-1' };
const SETTINGS = { image: 'registry.example/pause:1', priorityClass: undefined };
const LABELS = {
  'compute.medevac.dev/anchor': 'true',
  'compute.medevac.dev/instance': 'web-1',
  'compute.medevac.dev/instance-uid': 'uid-1',
};
const OWNERS = [
  {
    apiVersion: 'compute.medevac.dev/v1beta1',
    kind: 'Instance',
    name: 'web-1',
    uid: 'uid-1',
    controller: true,
  },
];

function anOrder(fields: Partial<AnchorOrder> = {}): AnchorOrder {
  return {
    name: 'web-1-anchor-1',
    requests: { cores: 2, memoryBytes: 1_234_567 },
    nodeSelector: { zone: 'a' },
    ...fields,
  };
}

/** What its node must be, by name. */
function matchFields(order: AnchorOrder): unknown {
  const { spec } = anchorPod(order, OWNER, SETTINGS);
  if (!('affinity' in spec)) return undefined;
  return spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms;
}

describe('the Pod of an anchor', () => {
  it('takes what the VM takes, does nothing, and is accepted where Pods are restricted', () => {
    const order = anOrder();
    expect(anchorPod(order, OWNER, SETTINGS)).toEqual({
      metadata: {
        name: 'web-1-anchor-1',
        namespace: 'team-a',
        labels: LABELS,
        annotations: { 'compute.medevac.dev/anchor-order': fingerprint(order) },
        ownerReferences: OWNERS,
      },
      spec: {
        nodeSelector: { zone: 'a' },
        tolerations: [{ operator: 'Exists', effect: 'NoExecute' }],
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        terminationGracePeriodSeconds: 0,
        securityContext: {
          runAsNonRoot: true,
          runAsUser: 65_532,
          seccompProfile: { type: 'RuntimeDefault' },
        },
        containers: [
          {
            name: 'vm',
            image: 'registry.example/pause:1',
            resources: { requests: { cpu: '2', memory: '1234567' } },
            securityContext: {
              allowPrivilegeEscalation: false,
              readOnlyRootFilesystem: true,
              capabilities: { drop: ['ALL'] },
            },
          },
        ],
      },
    });
  });

  it('has the priority that an admin gives to VMs', () => {
    const { spec } = anchorPod(anOrder(), OWNER, { ...SETTINGS, priorityClass: 'vms' });
    expect(spec).toMatchObject({ priorityClassName: 'vms' });
  });

  it('at a destination says for which migration it stands', () => {
    const { metadata } = anchorPod(anOrder({ migrationUid: 'm-1' }), OWNER, SETTINGS);
    expect(metadata.labels).toEqual({ ...LABELS, [MIGRATION_UID_LABEL]: 'm-1' });
  });

  it.each<{ name: string; order: Partial<AnchorOrder>; want: unknown }>([
    { name: 'of a VM that may be made anywhere: any node', order: {}, want: undefined },
    {
      name: 'of a VM that is on a node: that one',
      order: { onlyOn: 'node-a' },
      want: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['node-a'] }] }],
    },
    {
      name: 'at a destination: not the source',
      order: { notOn: 'node-a' },
      want: [{ matchFields: [{ key: 'metadata.name', operator: 'NotIn', values: ['node-a'] }] }],
    },
    {
      name: 'at a destination that is named: both must hold',
      order: { onlyOn: 'node-b', notOn: 'node-a' },
      want: [
        {
          matchFields: [
            { key: 'metadata.name', operator: 'In', values: ['node-b'] },
            { key: 'metadata.name', operator: 'NotIn', values: ['node-a'] },
          ],
        },
      ],
    },
  ])('$name', ({ order, want }) => {
    expect(matchFields(anOrder(order))).toEqual(want);
  });
});

describe('the PodDisruptionBudget of the anchors of an Instance', () => {
  it('lets no eviction through, also while two of them stand', () => {
    expect(budgetName(OWNER)).toBe('web-1-anchors');
    expect(anchorBudget(OWNER)).toEqual({
      metadata: { name: 'web-1-anchors', namespace: 'team-a', labels: LABELS, ownerReferences: OWNERS },
      spec: { minAvailable: 2, selector: { matchLabels: LABELS } },
    });
  });
});
