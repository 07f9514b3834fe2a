import { describe, expect, it } from '@jest/globals';
import type { AuditEvent } from '../../control-plane/audit-log.ts';
import { forbiddenTo, grantedRights, usedRights } from '../../support/rights.ts';

const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'worker' };
const rules = [
  { apiGroups: ['apps'], resources: ['deployments', 'deployments/status'], verbs: ['get', 'patch'] },
  { apiGroups: [''], resources: ['pods'], verbs: ['get'] },
];
const MANIFESTS = [
  { kind: 'Role', metadata: { name: 'worker', namespace: 'other' }, rules: [] },
  { kind: 'Role', metadata: { name: 'worker', namespace: 'here' }, rules },
  { kind: 'RoleBinding', metadata: { name: 'worker', namespace: 'here' }, roleRef },
];

describe('rights that are granted', () => {
  it('are those of each role, by the binding that gives them', () => {
    expect(grantedRights(MANIFESTS)).toEqual([
      'RoleBinding "worker/here": get deployments.apps',
      'RoleBinding "worker/here": get deployments.apps/status',
      'RoleBinding "worker/here": get pods',
      'RoleBinding "worker/here": patch deployments.apps',
      'RoleBinding "worker/here": patch deployments.apps/status',
    ]);
  });

  it('are not guessed where a binding names a role that is not there', () => {
    expect(() => grantedRights(MANIFESTS.slice(2))).toThrow(
      'RoleBinding worker binds worker, which is not there',
    );
  });
});

const ME = 'system:serviceaccount:here:worker';
const ALLOWED = {
  'authorization.k8s.io/reason': 'RBAC: allowed by RoleBinding "worker/here" of Role "worker"',
};
const DEPLOYMENT = { apiGroup: 'apps', resource: 'deployments', namespace: 'here', name: 'a' };

/** A request of mine, answered with 200. */
function aRequest(over: Partial<AuditEvent> = {}): AuditEvent {
  return {
    auditID: '1',
    stage: 'ResponseComplete',
    requestURI: '/apis/apps/v1/namespaces/here/deployments/a',
    verb: 'patch',
    user: { username: ME },
    objectRef: DEPLOYMENT,
    responseStatus: { code: 200 },
    requestReceivedTimestamp: '',
    stageTimestamp: '',
    annotations: ALLOWED,
    ...over,
  };
}

describe('rights that are used', () => {
  it.each<{ name: string; request: AuditEvent; want: string[] }>([
    {
      name: 'a patch of what is there uses one',
      request: aRequest(),
      want: ['RoleBinding "worker/here": patch deployments.apps'],
    },
    {
      name: 'a patch that makes it uses two',
      request: aRequest({ responseStatus: { code: 201 } }),
      want: [
        'RoleBinding "worker/here": create deployments.apps',
        'RoleBinding "worker/here": patch deployments.apps',
      ],
    },
    {
      name: 'a subresource is a right of its own',
      request: aRequest({ objectRef: { ...DEPLOYMENT, subresource: 'status' } }),
      want: ['RoleBinding "worker/here": patch deployments.apps/status'],
    },
    {
      name: 'one that was refused for another reason has used it',
      request: aRequest({ responseStatus: { code: 409 } }),
      want: ['RoleBinding "worker/here": patch deployments.apps'],
    },
    {
      name: 'one that was forbidden has not',
      request: aRequest({ responseStatus: { code: 403 } }),
      want: [],
    },
    { name: "another's is not counted", request: aRequest({ user: { username: 'alice' } }), want: [] },
    { name: 'what everybody may is not counted', request: aRequest({ annotations: {} }), want: [] },
  ])('$name', ({ request, want }) => {
    expect(usedRights([request, request], ME)).toEqual(want);
  });
});

it('what was forbidden is told in the words of the API server', () => {
  const refused = aRequest({ responseStatus: { code: 403, message: 'no such right' } });
  expect(forbiddenTo([aRequest(), refused, { ...refused, user: { username: 'alice' } }], ME)).toEqual([
    'patch /apis/apps/v1/namespaces/here/deployments/a: no such right',
  ]);
});
